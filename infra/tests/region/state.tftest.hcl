# Secrets and the cache.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "by_default" {
  command = plan

  module {
    source = "./modules/region"
  }

  # The state holds no secret.
  assert {
    condition     = alltrue([for parameter in aws_ssm_parameter.secret : parameter.type == "SecureString" && parameter.value_wo_version == 1])
    error_message = "A secret is kept in plain text, or without its version."
  }

  assert {
    condition     = toset([for parameter in aws_ssm_parameter.secret : parameter.name]) == toset([for name in var.secrets.names : "/agent-team-production/${name}"])
    error_message = "The names are others than tasks ask for."
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : !strcontains(definition.container_definitions, "test-")])
    error_message = "A task definition holds the value of a secret."
  }

  # Every task gets the secrets that its program reads; `npm run infra` compares them with the programs' schemas.
  assert {
    condition     = toset(jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].secrets[*].name) == toset(["IDENTITY_SECRET", "REDIS_URL", "SUPABASE_URL"])
    error_message = "The gateway lacks a secret or has one too many."
  }

  assert {
    condition     = toset(jsondecode(aws_ecs_task_definition.this["workflow-engine"].container_definitions)[0].secrets[*].name) == toset(["ANTHROPIC_API_KEY", "IDENTITY_SECRET", "OPENAI_API_KEY", "REDIS_URL"])
    error_message = "The engine lacks a secret or has one too many."
  }

  assert {
    condition     = toset(jsondecode(aws_ecs_task_definition.this["workflow-agent"].container_definitions)[0].secrets[*].name) == toset(["ANTHROPIC_API_KEY", "IDENTITY_SECRET", "OPENAI_API_KEY", "REDIS_URL"])
    error_message = "The agent lacks a secret or has one too many."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["workflow-agent"].container_definitions)[0].secrets[index(jsondecode(aws_ecs_task_definition.this["workflow-agent"].container_definitions)[0].secrets[*].name, "REDIS_URL")].valueFrom == "arn:aws:ssm:us-east-1:123456789012:parameter/agent-team-production/redis_url"
    error_message = "REDIS_URL comes from elsewhere."
  }

  # The execution role reads what tasks get, and no others.
  assert {
    condition     = toset(one([for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement if contains(statement.Action, "ssm:GetParameters")]).Resource) == toset([for name in ["anthropic_api_key", "identity_secret", "openai_api_key", "redis_url", "supabase_url"] : "arn:aws:ssm:us-east-1:123456789012:parameter/agent-team-production/${name}"])
    error_message = "It reads more, or less."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.execution.policy, "kms:Decrypt")
    error_message = "Without a key of your own there is nothing to decrypt."
  }

  assert {
    condition     = jsondecode(aws_iam_role.execution.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Another account may borrow the role."
  }

  assert {
    condition     = toset(flatten(jsondecode(aws_iam_role_policy.task["workflow-agent"].policy).Statement[*].Action)) == toset(["servicediscovery:DiscoverInstances", "servicediscovery:DiscoverInstancesRevision"])
    error_message = "A task may do more than look for others."
  }
}

run "a_new_version_replaces_values_and_tasks" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    secrets = merge(var.secrets, { version = 2 })
  }

  assert {
    condition     = alltrue([for parameter in aws_ssm_parameter.secret : parameter.value_wo_version == 2])
    error_message = "The values are not written again."
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : jsondecode(definition.container_definitions)[0].dockerLabels["secrets-version"] == "2.1"])
    error_message = "The tasks keep the old values."
  }
}

run "identities_are_signed_with_a_secret_of_their_own" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    secrets = merge(var.secrets, { identity_version = 3, version = 2 })
  }

  assert {
    condition     = aws_ssm_parameter.identity_secret[0].type == "SecureString" && aws_ssm_parameter.identity_secret[0].name == "/agent-team-production/identity_secret"
    error_message = "The services ask elsewhere, or for plain text."
  }

  assert {
    condition     = aws_ssm_parameter.identity_secret[0].value_wo_version == 3
    error_message = "A new version of other secrets would make old and new tasks strangers to each other."
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : jsondecode(definition.container_definitions)[0].dockerLabels["secrets-version"] == "2.3"])
    error_message = "The tasks keep the old value."
  }
}

run "secrets_written_elsewhere_are_known_by_name" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    secrets = merge(var.secrets, { managed = false })
  }

  assert {
    condition     = length(aws_ssm_parameter.secret) == 0 && length(aws_ssm_parameter.identity_secret) == 0 && length(aws_ssm_parameter.redis_url) == 1
    error_message = "Terraform writes what is not its own."
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.execution.policy, "parameter/agent-team-production/supabase_url")
    error_message = "ECS may not read a secret."
  }
}

run "the_users_own_key_is_used_and_allowed" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/mock"
  }

  assert {
    condition     = alltrue([for parameter in aws_ssm_parameter.secret : parameter.key_id == "arn:aws:kms:us-east-1:123456789012:key/mock"]) && strcontains(aws_iam_role_policy.execution.policy, "kms:Decrypt")
    error_message = "The key is not used, or ECS may not."
  }
}

run "the_cache_is_encrypted_and_survives_a_zone" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    redis_auth_token = "0123456789abcdef0123456789abcdef"
  }

  assert {
    condition     = alltrue([for group in aws_elasticache_replication_group.this : group.transit_encryption_enabled && tobool(group.at_rest_encryption_enabled) && group.automatic_failover_enabled && group.multi_az_enabled])
    error_message = "The cache is in the open, or in one zone."
  }

  assert {
    condition     = one(aws_elasticache_parameter_group.this[0].parameter).value == "noeviction"
    error_message = "The cache forgets."
  }

  assert {
    condition     = nonsensitive(aws_ssm_parameter.redis_url[0].value) == "rediss://:0123456789abcdef0123456789abcdef@master.mock.cache.amazonaws.com:6379/0"
    error_message = "REDIS_URL does not lead to the cache."
  }

  assert {
    condition     = nonsensitive(aws_elasticache_replication_group.this[0].auth_token) == "0123456789abcdef0123456789abcdef"
    error_message = "This is the one secret in the state: provider 5 has no write-only argument for it. When it is gone, use auth_token_wo."
  }
}

run "one_node_needs_no_failover" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    cache = merge(var.cache, { engine = "valkey", nodes = 1 })
  }

  assert {
    condition     = !aws_elasticache_replication_group.this[0].automatic_failover_enabled && !contains(keys(aws_cloudwatch_metric_alarm.this), "cache-lag")
    error_message = "A single node has no replication lag."
  }
}

run "the_users_own_redis_replaces_ours" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    cache         = merge(var.cache, { create = false, own_cidrs = ["192.0.2.0/24"] })
    secret_values = { identity_secret = null, redis_url = "redis://192.0.2.1:6379/0" }
    secrets       = merge(var.secrets, { names = [] })
  }

  assert {
    condition     = length(aws_elasticache_replication_group.this) == 0 && contains(keys(aws_ssm_parameter.secret), "redis_url")
    error_message = "There are two, or none."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.this["engine-cache 192.0.2.0/24"].from_port == 6379
    error_message = "The engine does not reach it."
  }
}

run "a_redis_behind_a_closed_port_is_refused" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    cache         = merge(var.cache, { create = false, own_cidrs = ["192.0.2.0/24"] })
    secret_values = { identity_secret = null, redis_url = "rediss://:token@redis.example.com:6380/0" }
    secrets       = merge(var.secrets, { names = [] })
  }

  expect_failures = [var.secret_values]
}
