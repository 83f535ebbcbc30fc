# A plan refuses wrong values, with an error message of the variable. A run holds as many wrong values as are independent of
# each other: a value that passes fails its run.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "secondary"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  image_tag            = "0123456789ab"
  anthropic_api_key    = "test-anthropic"
  openai_api_key       = "test-openai"
  supabase_secret_key  = "test-secret"
  supabase_service_key = "test-service"
  supabase_url         = "https://project.supabase.co"
  certificate_arn      = "arn:aws:acm:us-east-1:123456789012:certificate/mock"
}

run "valid_values_pass" {
  command = plan
}

run "wrong_values_are_refused" {
  command = plan

  variables {
    alarm_topic_arns      = ["arn:aws:sns:eu-west-1:123456789012:alarms"] # in a region without a deployment
    anthropic_api_key     = ""
    auth_mode             = "none"                                                   # in production
    az_count              = 1                                                        # one subnet
    certificate_arn       = "arn:aws:acm:eu-central-1:123456789012:certificate/mock" # of another region
    container_insights    = "on"
    deployment_strategy   = "canary" # needs another version of the provider
    desired_count         = 0
    discovery_order       = ["dns", "guess"]
    image_tag             = "latest" # a tag that moves
    log_retention_days    = 31       # not one of CloudWatch's
    nat_gateway           = "none"   # and no endpoints: AWS is unreachable
    nlb_client_cidrs      = ["everybody"]
    openai_api_key        = "your-openai-api-key" # the example's placeholder
    project_name          = "agent-team-of-us"    # a load balancer's name would have 35 characters
    redis_auth_token      = "secret"              # too short
    supabase_secret_key   = "  "
    supabase_service_key  = null # not set
    supabase_url          = "https://your-project.supabase.co"
    vpc_cidr              = "10.0.0.0.0/16"
    web_acl_arn           = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mock/mock" # CloudFront's
    workflow_agent_memory = 8192                                                           # more than Fargate has for 512 CPU units
  }

  expect_failures = [
    var.alarm_topic_arns,
    var.anthropic_api_key,
    var.auth_mode,
    var.az_count,
    var.certificate_arn,
    var.container_insights,
    var.deployment_strategy,
    var.desired_count,
    var.discovery_order,
    var.image_tag,
    var.log_retention_days,
    var.nat_gateway,
    var.nlb_client_cidrs,
    var.openai_api_key,
    var.project_name,
    var.redis_auth_token,
    var.supabase_secret_key,
    var.supabase_service_key,
    var.supabase_url,
    var.vpc_cidr,
    var.web_acl_arn,
    var.workflow_agent_memory,
  ]
}

run "other_wrong_values_are_refused" {
  command = plan

  variables {
    alb_ingress_cidrs      = ["anywhere"]
    create_redis           = false # and no redis_url
    desired_count          = 1.5
    discovery_order        = ["lb"] # workflow-engine has no load balancer
    enable_execute_command = true   # a writable root in production
    kms_key_arn            = "alias/mine"
    project_name           = "internal-x" # a reserved prefix
    identity_secret        = "short"
    secrets                = ["openai_key"] # no such secret
    secrets_version        = 0
    trusted_hops           = 0             # not even the load balancer
    vpc_cidr               = "10.0.1.0/16" # host bits
    workflow_agent_cpu     = 300
  }

  expect_failures = [
    var.alb_ingress_cidrs,
    var.desired_count,
    var.discovery_order,
    var.enable_execute_command,
    var.identity_secret,
    var.kms_key_arn,
    var.project_name,
    var.redis_url,
    var.secrets,
    var.secrets_version,
    var.trusted_hops,
    var.vpc_cidr,
    var.workflow_agent_cpu,
  ]
}

run "wrong_combinations_are_refused" {
  command = plan

  variables {
    desired_count    = 9 # more than max_count
    environment      = "Production"
    secondary_region = "eu-west-1"   # without records that lead there
    vpc_cidr         = "10.0.0.0/20" # too small for its subnets
  }

  expect_failures = [
    var.environment,
    var.max_count,
    var.secondary_region,
    var.vpc_cidr,
  ]
}

run "malformed_regions_and_domains_are_refused" {
  command = plan

  variables {
    auth_mode       = "jwt,api_key" # and no key
    aws_region      = "virginia"
    certificate_arn = null
    domain_name     = "api.example.com" # without its zone
  }

  expect_failures = [
    var.auth_mode,
    var.aws_region,
    var.domain_name,
  ]
}

run "a_second_region_that_is_the_first" {
  command = plan

  variables {
    domain_name               = "api.example.com"
    hosted_zone_id            = "Z0000000000000000000A"
    secondary_certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock"
    secondary_region          = "us-east-1"
    secrets                   = ["openai_api_key"] # jwt without supabase_url
  }

  expect_failures = [
    var.auth_mode,
    var.secondary_region,
  ]
}

run "resources_of_the_first_region_only_are_refused_in_the_second" {
  command = plan

  variables {
    domain_name      = "api.example.com"
    hosted_zone_id   = "Z0000000000000000000A"
    kms_key_arn      = "arn:aws:kms:us-east-1:123456789012:key/of-one-region"
    secondary_region = "eu-west-1" # HTTPS here, HTTP there
  }

  expect_failures = [
    var.kms_key_arn,
    var.secondary_certificate_arn,
  ]
}

run "an_api_without_keys_open_to_the_internet_is_refused" {
  command = plan

  variables {
    auth_mode       = "none"
    certificate_arn = null
    environment     = "trial"
  }

  expect_failures = [var.auth_mode]
}

run "two_halves_of_the_internet_are_refused_like_the_internet" {
  command = plan

  variables {
    alb_ingress_cidrs = ["0.0.0.0/1", "128.0.0.0/1"]
    auth_mode         = "none"
    certificate_arn   = null
    environment       = "trial"
  }

  expect_failures = [var.auth_mode]
}

run "a_prefix_list_that_is_given_twice_is_refused" {
  command = plan

  variables {
    alb_ingress_prefix_list_ids = ["pl-3b927c52", "pl-3b927c52"]
  }

  expect_failures = [var.alb_ingress_prefix_list_ids]
}

run "the_name_of_a_prefix_list_is_refused" {
  command = plan

  variables {
    alb_ingress_prefix_list_ids = ["com.amazonaws.global.cloudfront.origin-facing"]
  }

  expect_failures = [var.alb_ingress_prefix_list_ids]
}

run "the_name_of_a_prefix_list_is_refused_in_the_second_region" {
  command = plan

  variables {
    secondary_alb_ingress_prefix_list_ids = ["com.amazonaws.global.cloudfront.origin-facing"]
  }

  expect_failures = [var.secondary_alb_ingress_prefix_list_ids]
}

run "a_prefix_list_in_one_of_two_regions_is_refused" {
  command = plan

  variables {
    alb_ingress_prefix_list_ids = ["pl-3b927c52"]
    certificate_arn             = null
    domain_name                 = "api.example.com"
    environment                 = "trial" # HTTP is no warning
    hosted_zone_id              = "Z0123456789ABCDEFGHIJ"
    secondary_region            = "eu-west-1"
  }

  expect_failures = [var.secondary_alb_ingress_prefix_list_ids]
}

run "a_prefix_list_without_keys_is_refused_like_the_internet" {
  command = plan

  variables {
    alb_ingress_cidrs           = ["203.0.113.7/32"]
    alb_ingress_prefix_list_ids = ["pl-3b927c52"]
    auth_mode                   = "none"
    certificate_arn             = null
    environment                 = "trial"
  }

  expect_failures = [var.auth_mode]
}

run "an_api_without_keys_for_one_address_is_accepted" {
  command = plan

  variables {
    alb_ingress_cidrs = ["203.0.113.7/32"]
    auth_mode         = "none"
    certificate_arn   = null
    environment       = "trial"
  }
}

run "an_internal_api_without_keys_is_accepted" {
  command = plan

  variables {
    alb_internal    = true
    auth_mode       = "none"
    certificate_arn = null
    environment     = "trial"
  }
}

run "malformed_values_are_refused" {
  command = plan

  variables {
    api_keys     = "atk_the-key-itself" # and not its hash
    auth_mode    = "jwt,api_key"
    secrets      = ["api_keys", "supabase_url"]
    supabase_url = "project.supabase.co" # no URL
    vpc_cidr     = "10.0.0.0/33"
  }

  expect_failures = [
    var.api_keys,
    var.supabase_url,
    var.vpc_cidr,
  ]
}

run "nearly_well_formed_values_are_refused" {
  command = plan

  variables {
    api_keys  = "me:5f0c:admin" # a hash has 64 digits
    auth_mode = "jwt,api_key"
    secrets   = ["api_keys", "supabase_url"]
    vpc_cidr  = "10.0.0.1"
  }

  expect_failures = [
    var.api_keys,
    var.vpc_cidr,
  ]
}
