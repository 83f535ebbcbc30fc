# Name, region and domain of the deployment. The other variables: variables.network.tf, .services.tf, .secrets.tf, .cache.tf, .protection.tf, .watching.tf.

variable "aws_region" {
  description = "Region of the deployment."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "aws_region must be the name of a region, such as us-east-1."
  }
}

variable "domain_name" {
  description = "Name of the API in your zone, such as api.example.com. Needs hosted_zone_id. Without it the ALB's own name is used."
  type        = string
  default     = null

  validation {
    condition     = (var.domain_name == null) == (var.hosted_zone_id == null)
    error_message = "domain_name and hosted_zone_id go together: set both or neither."
  }
}

variable "environment" {
  description = "Second half of every name, and the services' ENVIRONMENT. production refuses insecure settings."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[a-z0-9]+(-[a-z0-9]+)*$", var.environment))
    error_message = "environment must be lower-case letters, digits and single hyphens between them."
  }
}

variable "hosted_zone_id" {
  description = "Public Route 53 zone of domain_name."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Tag of the three services' images, such as the commit they were built from, without the architecture, which Terraform appends (0123456789ab becomes 0123456789ab-x86_64). deploy.sh sets it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "image_tag must name one build, such as a commit. latest leads to another image after each build, so a rollback would not find the previous one."
  }
}

variable "project_name" {
  description = "First half of every name. {project_name}-{environment} has at most 22 characters."
  type        = string
  default     = "agent-team"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.project_name)) && !startswith(var.project_name, "internal-")
    error_message = "project_name must begin with a letter, hold lower-case letters, digits and single hyphens, and not begin with internal-."
  }

  validation {
    # The longest are {name}-grpc-nlb and {name}-grpc-xxxx, and a load balancer's name ends at 32 characters.
    condition     = length("${var.project_name}-${var.environment}") <= 22
    error_message = "project_name and environment, with the hyphen between them, must have at most 22 characters: names of load balancers have at most 32."
  }
}

variable "secondary_alb_ingress_prefix_list_ids" {
  description = "Like alb_ingress_prefix_list_ids, for the second region: a prefix list belongs to one region."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.secondary_alb_ingress_prefix_list_ids : can(regex("^pl-([0-9a-f]{8}|[0-9a-f]{17})$", id))]) && length(distinct(var.secondary_alb_ingress_prefix_list_ids)) == length(var.secondary_alb_ingress_prefix_list_ids)
    error_message = "secondary_alb_ingress_prefix_list_ids must be ids of managed prefix lists, such as pl-4fa04526, each once."
  }

  validation {
    condition     = var.secondary_region == null || (length(var.alb_ingress_prefix_list_ids) == 0) == (length(var.secondary_alb_ingress_prefix_list_ids) == 0)
    error_message = "secondary_alb_ingress_prefix_list_ids is needed beside alb_ingress_prefix_list_ids: otherwise one of the regions admits other callers."
  }
}

variable "secondary_certificate_arn" {
  description = "Like certificate_arn, for the second region."
  type        = string
  default     = null

  validation {
    condition     = var.secondary_certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:${coalesce(var.secondary_region, "none")}:[0-9]{12}:certificate/.+$", var.secondary_certificate_arn))
    error_message = "secondary_certificate_arn must be an ACM certificate of secondary_region: a load balancer cannot use one of another region."
  }

  validation {
    condition     = var.secondary_region == null || (var.certificate_arn == null) == (var.secondary_certificate_arn == null)
    error_message = "secondary_certificate_arn is needed beside certificate_arn: users must reach both regions the same way."
  }
}

variable "secondary_region" {
  description = "A second region, independent of the first. Users go to the nearer one that is healthy. Null: one region."
  type        = string
  default     = null

  validation {
    condition     = var.secondary_region != var.aws_region
    error_message = "secondary_region must be another region than aws_region."
  }

  validation {
    condition     = var.secondary_region == null || var.domain_name != null
    error_message = "secondary_region needs domain_name and hosted_zone_id: the records move users between the regions."
  }

  validation {
    condition     = var.secondary_region == null || var.create_redis
    error_message = "secondary_region needs create_redis: the regions share nothing, so each makes its own cache."
  }
}

variable "secondary_vpc_cidr" {
  description = "Like vpc_cidr, for the second region."
  type        = string
  default     = "10.1.0.0/16"

  validation {
    condition     = can(regex("/1[678]$", var.secondary_vpc_cidr)) && try(cidrsubnet(var.secondary_vpc_cidr, 0, 0) == var.secondary_vpc_cidr, false)
    error_message = "secondary_vpc_cidr must be the first address and the length of an IPv4 block from /16 to /18, such as 10.1.0.0/16."
  }
}
