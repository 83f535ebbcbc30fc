# The example, and one state for each variable that changes connections between resources. `npm run infra:state` writes the
# state of each run to states/{run}.json.

mock_provider "aws" {
  source = "./states/primary"
}

mock_provider "aws" {
  alias  = "secondary"
  source = "./states/secondary"
}

variables {
  image_tag            = "0123abc" # deploy.sh sets it
  anthropic_api_key    = "test-anthropic"
  api_keys             = "me:5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f"
  identity_secret      = "test-identity-0123456789-0123456789"
  openai_api_key       = "test-openai"
  redis_url            = "rediss://redis.example.com:6379/0"
  supabase_jwt_secret  = "test-jwt-0123456789-0123456789-0123456789"
  supabase_secret_key  = "test-secret"
  supabase_service_key = "test-service"
  supabase_url         = "https://project.supabase.co"
  workflow_secrets     = "{}"
}

run "default" {
  state_key       = "default"
  expect_failures = [check.https]
}

run "certificate" {
  state_key = "certificate"

  variables {
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock"
  }
}

run "prefix-list" {
  state_key = "prefix-list"

  variables {
    alb_ingress_prefix_list_ids = ["pl-3b927c52"]
    certificate_arn             = "arn:aws:acm:us-east-1:123456789012:certificate/mock"
  }
}

run "internal-balancer" {
  state_key       = "internal-balancer"
  expect_failures = [check.https]

  variables {
    alb_internal = true
  }
}

run "no-internet" {
  state_key       = "no-internet"
  expect_failures = [check.https]

  variables {
    nat_gateway   = "none"
    vpc_endpoints = true
  }
}

run "three-zones" {
  state_key       = "three-zones"
  expect_failures = [check.https]

  variables {
    az_count    = 3
    nat_gateway = "per_az"
  }
}

run "service-connect" {
  state_key       = "service-connect"
  expect_failures = [check.https]

  variables {
    service_connect = true
  }
}

run "own-redis" {
  state_key       = "own-redis"
  expect_failures = [check.https]

  variables {
    create_redis = false
  }
}

run "mutual-tls" {
  state_key       = "mutual-tls"
  expect_failures = [check.https]

  variables {
    task_tls = "mutual"
  }
}

run "spot" {
  state_key       = "spot"
  expect_failures = [check.https]

  variables {
    capacity = "spot"
  }
}

run "execute-command" {
  state_key = "execute-command"

  variables {
    enable_execute_command = true
    environment            = "trial"
    vpc_endpoints          = true
  }
}

# Every secret, a key, and numbers of tasks that equal no other threshold.
run "every-secret" {
  state_key       = "every-secret"
  expect_failures = [check.https]

  variables {
    alarm_topic_arns = ["arn:aws:sns:us-east-1:123456789012:alarms"]
    auth_mode        = "jwt,api_key"
    desired_count    = 13
    kms_key_arn      = "arn:aws:kms:us-east-1:123456789012:key/one"
    max_count        = 17
    secrets = [
      "anthropic_api_key", "api_keys", "openai_api_key", "supabase_jwt_secret", "supabase_secret_key",
      "supabase_service_key", "supabase_url", "workflow_secrets",
    ]
  }
}

run "second-region" {
  state_key       = "second-region"
  expect_failures = [check.https]

  variables {
    alarm_topic_arns = ["arn:aws:sns:us-east-1:123456789012:alarms", "arn:aws:sns:eu-west-1:123456789012:alarms"]
    domain_name      = "api.example.com"
    hosted_zone_id   = "Z0123456789ABCDEFGHIJ"
    kms_key_arn      = "arn:aws:kms:us-east-1:123456789012:key/mrk-one"
    secondary_region = "eu-west-1"
    vpc_endpoints    = true
  }
}
