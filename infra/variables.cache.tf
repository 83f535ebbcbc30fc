variable "cache_engine" {
  description = "redis (7.1) or valkey (7.2, 20 % cheaper)."
  type        = string
  default     = "redis"

  validation {
    condition     = contains(["redis", "valkey"], var.cache_engine)
    error_message = "cache_engine must be redis or valkey."
  }
}

variable "cache_node_type" {
  description = "Size of a cache node."
  type        = string
  default     = "cache.t4g.micro"

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.cache_node_type))
    error_message = "cache_node_type must be a node type of ElastiCache, such as cache.t4g.micro."
  }
}

variable "cache_nodes" {
  description = "Nodes of the cache, 1 to 6. From 2 on they are in different zones, and a replica replaces a primary that fails."
  type        = number
  default     = 2

  validation {
    condition     = contains(range(1, 7), var.cache_nodes)
    error_message = "cache_nodes must be 1 to 6: one primary and up to five replicas."
  }
}

variable "create_redis" {
  description = "False: use your own Redis, at redis_url."
  type        = bool
  default     = true
}

variable "redis_auth_token" {
  description = "Password of the cache. Null: a random one. Either way the state holds it, because the provider's versions 5 have no write-only argument for it: encrypt the state's bucket."
  type        = string
  default     = null
  sensitive   = true

  validation {
    # The characters of ElastiCache's alphabet that need no escape in a URL.
    condition     = var.redis_auth_token == null || can(regex("^[A-Za-z0-9-]{32,128}$", var.redis_auth_token))
    error_message = "redis_auth_token must be 32 to 128 letters, digits and hyphens."
  }
}

variable "redis_cidrs" {
  description = "CIDR blocks of your own Redis, when create_redis is false. Null: the VPC's."
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for cidr in coalesce(var.redis_cidrs, []) : can(cidrnetmask(cidr))])
    error_message = "redis_cidrs must be IPv4 blocks, such as 10.0.0.0/16."
  }
}

variable "redis_url" {
  description = "Your own Redis, read only when create_redis is false: rediss://:{password}@{host}:6379/0. A secret, like those of `secrets`."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.create_redis || !var.manage_secrets || can(regex("^rediss?://", var.redis_url))
    error_message = "redis_url must begin with redis:// or rediss:// when create_redis is false: the services share their state there."
  }
}
