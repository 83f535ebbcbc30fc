# The input of a region. The root module validates it, except for values that contain a port.

variable "cache" {
  description = "The cache, or the address of the user's own Redis."
  type = object({
    create    = bool
    engine    = string
    node_type = string
    nodes     = number
    own_cidrs = list(string)
  })
}

variable "discovery" {
  description = "How clients find their servers."
  type = object({
    order           = list(string)
    service_connect = bool
  })
}

variable "kms_key_arn" {
  description = "Key for the secrets in SSM. Null: AWS's own."
  type        = string
}

variable "name" {
  description = "{project}-{environment}, the beginning of every name."
  type        = string
}

variable "network" {
  description = "Addresses, the route to the internet, and the sources that may connect."
  type = object({
    alb_ingress_cidrs           = list(string)
    alb_ingress_prefix_list_ids = list(string)
    alb_internal                = bool
    az_count                    = number
    certificate_arn             = string
    domain_name                 = string
    engine_egress_ports         = list(number)
    nat_gateway                 = string
    nlb_client_cidrs            = list(string)
    vpc_cidr                    = string
    vpc_endpoints               = bool
  })
}

variable "protection" {
  description = "Protection and audit: logs that AWS writes, deletion protection, the web ACL."
  type = object({
    access_logs         = bool
    container_insights  = string
    deletion_protection = bool
    flow_logs           = bool
    web_acl_arn         = string
  })
}

variable "redis_auth_token" {
  description = "Password of the cache. Null: a random one."
  type        = string
  sensitive   = true
}

variable "region" {
  description = "AWS region of this instance. The attribute of the provider's data source has another name in each major version."
  type        = string
}

variable "secret_values" {
  description = "Values by name, including `redis_url` of the user's own Redis, and `identity_secret`."
  type        = map(string)
  ephemeral   = true
  sensitive   = true

  validation {
    # Not in the root module, which has no port number.
    condition     = var.cache.create || !can(regex(":[0-9]+(/[0-9]*)?$", var.secret_values["redis_url"])) || can(regex(":${local.ports.cache}(/[0-9]*)?$", var.secret_values["redis_url"]))
    error_message = "redis_url must have port ${local.ports.cache}, or none: the security groups admit no other."
  }
}

variable "secrets" {
  description = "The secrets of the tasks, whether Terraform writes them, and the versions to raise with new values."
  type = object({
    identity_version = number
    managed          = bool
    names            = set(string)
    version          = number
  })
}

variable "settings" {
  description = "Variables of the services."
  type = object({
    auth_mode           = string
    cors_origins        = list(string)
    debug               = bool
    environment         = string
    llm_provider        = string
    log_level           = string
    messages_per_minute = number
    requests_per_minute = number
    streams_per_subject = number
    trusted_hops        = number
  })
}

variable "tasks" {
  description = "Size, number and placement of the tasks."
  type = object({
    autoscaling         = bool
    capacity            = string
    cpu_architecture    = string
    deployment_strategy = string
    desired_count       = number
    execute_command     = bool
    image_tag           = string
    max_count           = number
    sizes               = map(object({ cpu = number, memory = number }))
    tls                 = string
  })
}

variable "watching" {
  description = "Topics of the alarms, metrics, and retention of the logs."
  type = object({
    alarm_topic_arns   = list(string)
    client_metrics     = bool
    log_retention_days = number
  })
}
