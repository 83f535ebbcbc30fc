locals {
  cache_engines = {
    redis  = { version = "7.1", family = "redis7" }
    valkey = { version = "7.2", family = "valkey7" }
  }

  redis_auth_token = sensitive(var.redis_auth_token == null ? one(terraform_data.redis_auth_token[*].output) : var.redis_auth_token)
}

# A random password that stays the same: uuid() changes with every run, and the state keeps the first one.
resource "terraform_data" "redis_auth_token" {
  count = var.cache.create ? 1 : 0

  input = sensitive(uuid())

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_elasticache_subnet_group" "this" {
  count = var.cache.create ? 1 : 0

  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_elasticache_parameter_group" "this" {
  count = var.cache.create ? 1 : 0

  family = local.cache_engines[var.cache.engine].family
  name   = "${var.name}-${local.cache_engines[var.cache.engine].family}"

  # It is a store, not a cache: when it is full, writes fail, and no key is evicted.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_elasticache_replication_group" "this" {
  count = var.cache.create ? 1 : 0

  apply_immediately          = true
  at_rest_encryption_enabled = true
  auth_token                 = local.redis_auth_token
  auth_token_update_strategy = "ROTATE" # both are valid until tasks have the new one
  automatic_failover_enabled = var.cache.nodes > 1
  description                = "Shared state of ${var.name}"
  engine                     = var.cache.engine
  engine_version             = local.cache_engines[var.cache.engine].version
  multi_az_enabled           = var.cache.nodes > 1
  node_type                  = var.cache.node_type
  num_cache_clusters         = var.cache.nodes
  parameter_group_name       = aws_elasticache_parameter_group.this[0].name
  port                       = local.ports.cache
  replication_group_id       = var.name
  security_group_ids         = [aws_security_group.this["cache"].id]
  snapshot_retention_limit   = var.settings.environment == "production" ? 7 : 0 # days
  subnet_group_name          = aws_elasticache_subnet_group.this[0].name
  transit_encryption_enabled = true
}
