# One region is one instance of modules/region. This file holds the resources that span regions.

module "region" {
  source = "./modules/region"

  cache            = local.cache
  discovery        = local.discovery
  kms_key_arn      = var.kms_key_arn
  name             = local.name
  network          = merge(local.network, local.primary_network)
  protection       = merge(local.protection, { web_acl_arn = var.web_acl_arn })
  redis_auth_token = var.redis_auth_token
  region           = var.aws_region
  secret_values    = local.secret_values
  secrets          = local.secrets
  settings         = local.settings
  tasks            = local.tasks
  watching         = local.watching
}

# It shares nothing with the first: private names exist in their own VPC only, so every client calls its own region. The
# records below move the users when a region fails.
module "secondary" {
  source    = "./modules/region"
  count     = var.secondary_region == null ? 0 : 1
  providers = { aws = aws.secondary }

  cache            = local.cache
  discovery        = local.discovery
  kms_key_arn      = try(replace(var.kms_key_arn, ":${var.aws_region}:", ":${var.secondary_region}:"), null)
  name             = local.name
  network          = merge(local.network, local.secondary_network)
  protection       = merge(local.protection, { web_acl_arn = var.secondary_web_acl_arn })
  redis_auth_token = var.redis_auth_token
  region           = var.secondary_region
  secret_values    = local.secret_values
  secrets          = local.secrets
  settings         = local.settings
  tasks            = local.tasks
  watching         = local.watching
}

# Route 53 answers with the region that is nearest and has a healthy gateway.
resource "aws_route53_record" "api" {
  for_each = var.domain_name == null ? {} : merge(
    { primary = { region = var.aws_region, alb = module.region.alb } },
    { for alb in module.secondary[*].alb : "secondary" => { region = var.secondary_region, alb = alb } },
  )

  name           = var.domain_name
  set_identifier = each.value.region
  type           = "A"
  zone_id        = var.hosted_zone_id

  alias {
    evaluate_target_health = true
    name                   = each.value.alb.dns_name
    zone_id                = each.value.alb.zone_id
  }

  latency_routing_policy {
    region = each.value.region
  }
}

check "https" {
  assert {
    condition     = var.environment != "production" || var.certificate_arn != null
    error_message = "Without certificate_arn the API speaks plain HTTP, tokens included. Production should have a certificate."
  }
}

check "addresses" {
  # A deployment runs each service's tasks twice for a while. AWS reserves five addresses of a subnet; load balancers, the
  # cache and endpoints need some.
  assert {
    condition     = 2 * 3 * var.max_count <= var.az_count * (pow(2, 24 - tonumber(split("/", var.vpc_cidr)[1])) - 16)
    error_message = "The private subnets of vpc_cidr, each 1/256 of it, do not hold max_count tasks of three services twice over, as during a deployment: deployments will be slow, or wait for addresses."
  }
}
