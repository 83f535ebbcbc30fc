# Protection and audit. All off by default, because each costs money or adds resources; examples/production.tfvars turns
# them on.

variable "access_logs" {
  description = "Log each request at the API's load balancer to an S3 bucket of this deployment, for log_retention_days."
  type        = bool
  default     = false
}

variable "container_insights" {
  description = "CloudWatch Container Insights for the cluster: disabled, enabled, or enhanced, which adds metrics of each task. Billed as custom metrics."
  type        = string
  default     = "disabled"

  validation {
    condition     = contains(["disabled", "enabled", "enhanced"], var.container_insights)
    error_message = "container_insights must be disabled, enabled or enhanced."
  }
}

variable "deletion_protection" {
  description = "AWS refuses to delete the load balancers, and Terraform the log bucket while it holds logs. Before ./deploy.sh destroy, set it to false and deploy."
  type        = bool
  default     = false
}

variable "deployer" {
  description = "A role that a build machine assumes by OpenID Connect, without keys. `subjects`: the builds that may, such as repo:example/agent-team:ref:refs/heads/main. `issuer`: GitHub by default. `provider_arn`: the account's provider for the issuer; null creates it, and an account can have one. `state_bucket`: the bucket of backend.tf. Null: no role."
  type = object({
    issuer       = optional(string, "token.actions.githubusercontent.com")
    provider_arn = optional(string)
    state_bucket = optional(string)
    subjects     = list(string)
  })
  default = null

  validation {
    condition     = var.deployer == null || (length(try(var.deployer.subjects, [])) > 0 && alltrue([for subject in try(var.deployer.subjects, []) : can(regex("^[^:*?]+:[^:*?]+:.+$", subject))]))
    error_message = "deployer.subjects must each name a repository without wildcards, such as repo:example/agent-team:ref:refs/heads/main: a wildcard there admits builds of other repositories."
  }

  validation {
    condition     = var.deployer == null || can(regex("^[a-z0-9.-]+(/[A-Za-z0-9._/-]+)?$", var.deployer.issuer))
    error_message = "deployer.issuer must be a host, with a path where it has one, and without https://."
  }
}

variable "flow_logs" {
  description = "Log each connection in the VPC, refused ones included, to an S3 bucket of this deployment, for log_retention_days."
  type        = bool
  default     = false
}

variable "secondary_web_acl_arn" {
  description = "Like web_acl_arn, for the second region."
  type        = string
  default     = null

  validation {
    condition     = var.secondary_web_acl_arn == null || can(regex("^arn:aws[a-z-]*:wafv2:${coalesce(var.secondary_region, "none")}:[0-9]{12}:regional/webacl/.+$", var.secondary_web_acl_arn))
    error_message = "secondary_web_acl_arn must be a regional web ACL of secondary_region."
  }

  validation {
    condition     = var.secondary_region == null || (var.web_acl_arn == null) == (var.secondary_web_acl_arn == null)
    error_message = "secondary_web_acl_arn is needed beside web_acl_arn: otherwise requests reach one of the regions without it."
  }
}

variable "web_acl_arn" {
  description = "A regional web ACL of AWS WAF, in aws_region, for requests to the API. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:aws[a-z-]*:wafv2:${var.aws_region}:[0-9]{12}:regional/webacl/.+$", var.web_acl_arn))
    error_message = "web_acl_arn must be a regional web ACL of aws_region: a load balancer cannot use one of another region, nor one of CloudFront's."
  }
}
