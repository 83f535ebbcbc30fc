variable "auth_mode" {
  description = "How callers of the API authenticate: none, jwt, api_key, or \"jwt,api_key\". Production refuses none."
  type        = string
  default     = "jwt"

  validation {
    condition     = contains(["none", "jwt", "api_key", "jwt,api_key"], var.auth_mode)
    error_message = "auth_mode must be none, jwt, api_key or \"jwt,api_key\"."
  }

  validation {
    condition     = var.auth_mode != "none" || var.environment != "production"
    error_message = "auth_mode = \"none\" admits every caller: production needs jwt or api_key."
  }

  # A prefix shorter than /8 counts as the internet, and so does a prefix list: through a CDN everyone has its addresses.
  validation {
    condition = var.auth_mode != "none" || var.alb_internal || (
      var.alb_ingress_cidrs != null && length(var.alb_ingress_prefix_list_ids) == 0 && alltrue([for cidr in coalesce(var.alb_ingress_cidrs, []) : try(tonumber(split("/", cidr)[1]) >= 8, false)])
    )
    error_message = "auth_mode = \"none\" admits every caller that reaches the load balancer: set alb_internal = true, or alb_ingress_cidrs to the callers' addresses, each block /8 or longer, and no alb_ingress_prefix_list_ids."
  }

  validation {
    condition     = !strcontains(var.auth_mode, "jwt") || contains(var.secrets, "supabase_url")
    error_message = "auth_mode jwt needs supabase_url among `secrets`: it publishes the keys that verify tokens."
  }

  validation {
    condition     = !strcontains(var.auth_mode, "api_key") || contains(var.secrets, "api_keys")
    error_message = "auth_mode api_key needs api_keys among `secrets`. `npm run -s agent-team -- api-key SUBJECT` makes one."
  }
}

variable "capacity" {
  description = "on_demand, or spot: up to 70 % cheaper, one task of each service runs on demand, and AWS may stop the others with two minutes' notice."
  type        = string
  default     = "on_demand"

  validation {
    condition     = contains(["on_demand", "spot"], var.capacity)
    error_message = "capacity must be on_demand or spot."
  }
}

variable "cors_origins" {
  description = "Origins of web pages that may read the API's responses, such as https://app.example.com."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "cors_origins must be origins such as https://app.example.com: a scheme and a name in lower case, without a path."
  }
}

variable "cpu_architecture" {
  description = "X86_64, or ARM64: 20 % cheaper. The images are built for it, and their tags end with its name."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "debug" {
  description = "The services' DEBUG: true lowers the log level to debug."
  type        = bool
  default     = false
}

variable "deployment_strategy" {
  description = "How ECS replaces tasks: rolling. ECS rolls back when tasks do not become healthy, or when an alarm for errors or crashes fires."
  type        = string
  default     = "rolling"

  validation {
    condition     = var.deployment_strategy == "rolling"
    error_message = "deployment_strategy must be rolling: ECS's own blue_green, canary and linear need version 6 of the AWS provider, and this configuration is pinned to 5.100 (versions.tf), which it is tested with."
  }
}

variable "desired_count" {
  description = "Tasks of each service, 1 to 1000: the minimum of autoscaling. For existing services a new value takes effect through autoscaling."
  type        = number
  default     = 2

  validation {
    # 1,000 is also the maximum of instances of one Cloud Map service.
    condition     = var.desired_count >= 1 && var.desired_count <= 1000 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count must be a whole number from 1 to 1000: with 0 tasks there would be no service."
  }
}

variable "discovery_order" {
  description = "The order in which clients try the strategies of discovery: env (Service Connect), lb, cloudmap, dns."
  type        = list(string)
  default     = ["env", "lb", "cloudmap", "dns"]

  validation {
    condition     = length(setsubtract(var.discovery_order, ["env", "lb", "cloudmap", "dns"])) == 0 && length(distinct(var.discovery_order)) == length(var.discovery_order)
    error_message = "discovery_order must list env, lb, cloudmap and dns, each at most once."
  }

  validation {
    condition     = contains(var.discovery_order, "dns")
    error_message = "discovery_order must contain dns: workflow-engine has no load balancer, and every service has a DNS name."
  }
}

variable "enable_autoscaling" {
  description = "Scale each service between desired_count and max_count, on CPU, and the gateway on requests too."
  type        = bool
  default     = true
}

variable "enable_execute_command" {
  description = "Allow aws ecs execute-command. ECS demands a writable root file system for it: not for production."
  type        = bool
  default     = false

  validation {
    condition     = !var.enable_execute_command || var.environment != "production"
    error_message = "enable_execute_command makes the containers' root file system writable: not in production."
  }
}

variable "llm_provider" {
  description = "LLM_PROVIDER of the agent and the engine: auto asks each provider that has a key, OpenAI first; embedded asks none; or a list of openai and anthropic in the order in which they are asked. The embedded planner answers when no model does; GENERATE nodes then fail, and without a provider answer with sentences of their input."
  type        = string
  default     = "auto"

  validation {
    condition     = contains(["auto", "embedded", "openai", "anthropic", "openai,anthropic", "anthropic,openai"], var.llm_provider)
    error_message = "llm_provider must be auto, embedded, openai, anthropic, or both of these with a comma between them."
  }
}

variable "log_level" {
  description = "The quietest level that the services log."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["fatal", "error", "warn", "info", "debug", "trace"], var.log_level)
    error_message = "log_level must be fatal, error, warn, info, debug or trace."
  }
}

variable "max_count" {
  description = "Tasks of each service: the maximum of autoscaling."
  type        = number
  default     = 8

  validation {
    condition     = var.max_count >= var.desired_count && var.max_count <= 1000 && floor(var.max_count) == var.max_count
    error_message = "max_count must be a whole number from desired_count to 1000."
  }
}

variable "messages_per_minute" {
  description = "Messages to conversations of one subject in a minute, 1 to 1000000."
  type        = number
  default     = 30

  validation {
    condition     = var.messages_per_minute >= 1 && var.messages_per_minute <= 1000000 && floor(var.messages_per_minute) == var.messages_per_minute
    error_message = "messages_per_minute must be a whole number from 1 to 1000000."
  }
}

variable "requests_per_minute" {
  description = "Requests to the API of one subject in a minute, 1 to 1000000."
  type        = number
  default     = 600

  validation {
    condition     = var.requests_per_minute >= 1 && var.requests_per_minute <= 1000000 && floor(var.requests_per_minute) == var.requests_per_minute
    error_message = "requests_per_minute must be a whole number from 1 to 1000000."
  }
}

variable "service_connect" {
  description = "The gateway and the agent try ECS Service Connect's proxies first. Each task gets 256 CPU units and 64 MiB more for its proxy."
  type        = bool
  default     = false
}

variable "streams_per_subject" {
  description = "Event streams of one subject that are open at once at one gateway task, 1 to 4096. Each task counts for itself: with four of them a subject may have four times as many."
  type        = number
  default     = 10

  validation {
    condition     = var.streams_per_subject >= 1 && var.streams_per_subject <= 4096 && floor(var.streams_per_subject) == var.streams_per_subject
    error_message = "streams_per_subject must be a whole number from 1 to 4096."
  }
}

variable "task_tls" {
  description = "Calls between tasks: off (plaintext), tls, or mutual, where the servers admit clients with a certificate of the CA only. You write the certificates to SSM: docs/guides/security.md. Calls between old and new tasks fail while a change is deployed."
  type        = string
  default     = "off"

  validation {
    condition     = contains(["off", "tls", "mutual"], var.task_tls)
    error_message = "task_tls must be off, tls or mutual."
  }

  validation {
    condition     = var.task_tls == "off" || !var.service_connect
    error_message = "task_tls needs service_connect = false: its proxies read the calls, and cannot read them under TLS."
  }
}

variable "trusted_hops" {
  description = "Proxies in front of the gateway that append to X-Forwarded-For, 1 to 10: the load balancer is one, a CDN in front of it another. The gateway counts requests without a valid credential by the address that the first of them writes. With a CDN, alb_ingress_prefix_list_ids or alb_ingress_cidrs must admit it alone: a client that goes past it would choose its address."
  type        = number
  default     = 1

  validation {
    condition     = var.trusted_hops >= 1 && var.trusted_hops <= 10 && floor(var.trusted_hops) == var.trusted_hops
    error_message = "trusted_hops must be a whole number from 1 to 10; the load balancer is one hop."
  }
}

variable "workflow_agent_cpu" {
  description = "CPU units of a workflow-agent task; 1024 are one vCPU."
  type        = number
  default     = 512

  validation {
    condition     = contains(keys(local.fargate_memory), tostring(var.workflow_agent_cpu))
    error_message = "workflow_agent_cpu must be a Fargate size: ${join(", ", sort(formatlist("%5s", keys(local.fargate_memory))))}."
  }
}

variable "workflow_agent_memory" {
  description = "Memory of a workflow-agent task in MiB; must fit workflow_agent_cpu."
  type        = number
  default     = 1024

  validation {
    condition     = contains(lookup(local.fargate_memory, var.workflow_agent_cpu, [var.workflow_agent_memory]), var.workflow_agent_memory)
    error_message = "workflow_agent_memory must be one of Fargate's for ${var.workflow_agent_cpu} CPU units: ${join(", ", lookup(local.fargate_memory, var.workflow_agent_cpu, []))}."
  }
}
