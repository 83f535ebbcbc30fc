# The values are ephemeral: they go to SSM and stay out of the plan and the state. An apply of a saved plan therefore
# needs them again, from terraform.tfvars or TF_VAR_….

variable "anthropic_api_key" {
  description = "ANTHROPIC_API_KEY of the agent and the engine, which ask Anthropic's models with it."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "anthropic_api_key") || !can(regex(local.no_value, coalesce(var.anthropic_api_key, " ")))
    error_message = "anthropic_api_key has no value, or the example's. Set it, or take it out of the list `secrets`."
  }
}

variable "api_keys" {
  description = "API_KEYS of the gateway: the callers and the hashes of their keys, for auth_mode api_key. `npm run -s agent-team -- api-key SUBJECT` makes one."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "api_keys") || !can(regex(local.no_value, coalesce(var.api_keys, " ")))
    error_message = "api_keys has no value, or the example's. Set it, or take it out of the list `secrets`."
  }

  validation {
    condition     = !contains(local.written_secrets, "api_keys") || can(regex("^[A-Za-z0-9._@-]+:[0-9a-fA-F]{64}(:[^:,]+)?( *, *[A-Za-z0-9._@-]+:[0-9a-fA-F]{64}(:[^:,]+)?)*$", var.api_keys))
    error_message = "api_keys must be what `npm run -s agent-team -- api-key SUBJECT` prints after API_KEYS, subject:sha256[:scope], several with commas between them, and not the key."
  }
}

variable "identity_secret" {
  description = "IDENTITY_SECRET of all services, with which the gateway signs the identity of callers: at least 32 characters, or two such with a comma between them, of which the first signs and both verify. Null: a random one, which is in no state."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.identity_secret == null || can(regex("^[!-+\\--~]{32,}(,[!-+\\--~]{32,})?$", var.identity_secret))
    error_message = "identity_secret must be one value of at least 32 characters, or two with a comma between them, without spaces."
  }
}

variable "identity_secret_version" {
  description = "Raise it when identity_secret has a new value. If that is null, a new random value is written, and old and new tasks refuse each other's calls until all are replaced."
  type        = number
  default     = 1

  validation {
    condition     = var.identity_secret_version >= 1 && floor(var.identity_secret_version) == var.identity_secret_version
    error_message = "identity_secret_version must be a whole number from 1 on."
  }
}

variable "kms_key_arn" {
  description = "Key for the secrets in SSM. Null: AWS's own. With a second region a multi-region key, with a replica in that region. To change it later, raise secrets_version and identity_secret_version too: values are encrypted when they are written."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:${var.aws_region}:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key in aws_region."
  }

  validation {
    condition     = var.kms_key_arn == null || var.secondary_region == null || can(regex(":key/mrk-", var.kms_key_arn))
    error_message = "kms_key_arn must be a multi-region key (key/mrk-…) when there is a secondary_region."
  }
}

variable "manage_secrets" {
  description = "False: Terraform knows only the names; you put /{name}/{secret} into SSM as SecureString yourself, including identity_secret. When you set it to false later, Terraform plans to delete the parameters that it wrote: `terraform state rm` them before."
  type        = bool
  default     = true
}

variable "openai_api_key" {
  description = "OPENAI_API_KEY of the agent and the engine, which ask OpenAI's models with it."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "openai_api_key") || !can(regex(local.no_value, coalesce(var.openai_api_key, " ")))
    error_message = "openai_api_key has no value, or the example's. Set it, or take it out of the list `secrets`."
  }
}

variable "secrets" {
  description = "Secrets to store in SSM, by the names of their variables. A task gets those that its program reads."
  type        = set(string)
  default     = ["anthropic_api_key", "openai_api_key", "supabase_secret_key", "supabase_service_key", "supabase_url"]

  validation {
    condition = length(setsubtract(var.secrets, [
      "anthropic_api_key", "api_keys", "openai_api_key", "supabase_jwt_secret", "supabase_secret_key", "supabase_service_key",
      "supabase_url", "workflow_secrets",
    ])) == 0
    error_message = "secrets must be among anthropic_api_key, api_keys, openai_api_key, supabase_jwt_secret, supabase_secret_key, supabase_service_key, supabase_url, workflow_secrets."
  }
}

variable "secrets_version" {
  description = "Raise it when a secret has a new value. Terraform then writes it, and ECS replaces the tasks, which read secrets at their start."
  type        = number
  default     = 1

  validation {
    condition     = var.secrets_version >= 1 && floor(var.secrets_version) == var.secrets_version
    error_message = "secrets_version must be a whole number from 1 on."
  }
}

variable "supabase_jwt_secret" {
  description = "SUPABASE_JWT_SECRET of the gateway, only for a project that still signs its tokens with the legacy secret."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "supabase_jwt_secret") || !can(regex(local.no_value, coalesce(var.supabase_jwt_secret, " ")))
    error_message = "supabase_jwt_secret has no value, or the example's. Set it, or take it out of the list `secrets`."
  }
}

variable "supabase_secret_key" {
  description = "SUPABASE_SECRET_KEY, kept for a version that calls the project: no task reads it yet."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "supabase_secret_key") || !can(regex(local.no_value, coalesce(var.supabase_secret_key, " ")))
    error_message = "supabase_secret_key has no value, or the example's. Set it, or take it out of the list `secrets`."
  }
}

variable "supabase_service_key" {
  description = "SUPABASE_SERVICE_KEY, kept for a version that calls the project: no task reads it yet."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "supabase_service_key") || !can(regex(local.no_value, coalesce(var.supabase_service_key, " ")))
    error_message = "supabase_service_key has no value, or the example's. Set it, or take it out of the list `secrets`."
  }
}

variable "supabase_url" {
  description = "SUPABASE_URL of the gateway, such as https://{project}.supabase.co."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "supabase_url") || !can(regex(local.no_value, coalesce(var.supabase_url, " ")))
    error_message = "supabase_url has no value, or the example's. Set it, or take it out of the list `secrets`."
  }

  validation {
    condition     = !contains(local.written_secrets, "supabase_url") || can(regex("^https://[^/\\s]+/?$", var.supabase_url))
    error_message = "supabase_url must be the project's, such as https://abcdefghijklmnop.supabase.co, without a path."
  }
}

variable "workflow_secrets" {
  description = "WORKFLOW_SECRETS of the engine: the secrets that workflows use by name, as JSON, each with the hosts to which it may go and the owners who may use it. At most 4 KiB."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = !contains(local.written_secrets, "workflow_secrets") || can(jsondecode(var.workflow_secrets))
    error_message = "workflow_secrets must be JSON: {\"NAME\": {\"value\": …, \"hosts\": [\"api.example.com\"], \"owners\": [\"*\"]}}. Or take it out of the list `secrets`."
  }
}
