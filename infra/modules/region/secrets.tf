locals {
  own_redis_url = var.cache.create ? [] : ["redis_url"]

  # The secrets that Terraform writes. Their values are not in the state.
  written_secrets = var.secrets.managed ? setunion(var.secrets.names, local.own_redis_url) : []

  # All secrets, written by Terraform or not: those of the list, and two that always exist.
  secret_names = setunion(var.secrets.names, ["identity_secret", "redis_url"])
  secret_arns = {
    for name in local.secret_names : name =>
    "arn:${local.partition}:ssm:${var.region}:${local.account_id}:parameter/${var.name}/${name}"
  }

  # By service: environment variable -> parameter. A secret that no service reads stays in SSM.
  service_secrets = {
    for service, definition in local.services : service => merge(local.tls_secrets[service], {
      for name in definition.secrets : upper(name) => local.secret_arns[name] if contains(local.secret_names, name)
    })
  }
  read_secret_arns = distinct(flatten([for secrets in local.service_secrets : values(secrets)]))
}

# Certificates for the calls between tasks, which you write: tls/ca, and tls/{service}/cert and tls/{service}/key.
locals {
  tls_arn = "arn:${local.partition}:ssm:${var.region}:${local.account_id}:parameter/${var.name}/tls"

  # In front of TLS_…: nothing for a server, for a client the prefix of the target's variables.
  client_prefixes = { workflow-agent = "WORKFLOW_SERVICE_", workflow-engine = "WORKFLOW_ENGINE_" }
  server_prefixes = { for service, definition in local.services : service => definition.protocol == "grpc" ? [""] : [] }
  call_prefixes   = { for service, definition in local.services : service => [for target in definition.calls : local.client_prefixes[target]] }

  # Each client needs the CA. Each server needs a certificate and its key; with mutual TLS the other side of both as well.
  is_mutual = var.tasks.tls == "mutual"
  tls_secrets = {
    for service in keys(local.services) : service => var.tasks.tls == "off" ? {} : merge(
      { for prefix in local.call_prefixes[service] : "${prefix}TLS_CA" => "${local.tls_arn}/ca" },
      { for prefix in local.server_prefixes[service] : "${prefix}TLS_CLIENT_CA" => "${local.tls_arn}/ca" if local.is_mutual },
      merge([
        for prefix in concat(local.server_prefixes[service], local.is_mutual ? local.call_prefixes[service] : []) : {
          "${prefix}TLS_CERT" = "${local.tls_arn}/${service}/cert"
          "${prefix}TLS_KEY"  = "${local.tls_arn}/${service}/key"
        }
      ]...),
    )
  }
}

resource "aws_ssm_parameter" "secret" {
  for_each = local.written_secrets

  key_id           = var.kms_key_arn
  name             = "/${var.name}/${each.key}"
  type             = "SecureString"
  value_wo         = var.secret_values[each.key]
  value_wo_version = var.secrets.version
}

# A write-only value may be different at each run: Terraform writes it only with a new version. So the random value is in no
# state.
resource "aws_ssm_parameter" "identity_secret" {
  count = var.secrets.managed ? 1 : 0

  key_id           = var.kms_key_arn
  name             = "/${var.name}/identity_secret"
  type             = "SecureString"
  value_wo         = coalesce(var.secret_values["identity_secret"], "${uuid()}${uuid()}")
  value_wo_version = var.secrets.identity_version
}

# The state holds the cache's password (cache.tf). So it may hold this value, which then follows the cache's address.
resource "aws_ssm_parameter" "redis_url" {
  count = var.cache.create ? 1 : 0

  key_id = var.kms_key_arn
  name   = "/${var.name}/redis_url"
  type   = "SecureString"
  value  = "rediss://:${local.redis_auth_token}@${aws_elasticache_replication_group.this[0].primary_endpoint_address}:${local.ports.cache}/0"
}
