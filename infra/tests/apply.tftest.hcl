# An apply with mocks: the outputs have the form that the commands of the docs take. The mocks have values at apply only,
# because the values of a plan would differ from those of the apply.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "secondary"
  source = "./tests/mocks"
}

variables {
  image_tag            = "0123456789ab"
  anthropic_api_key    = "test-anthropic"
  api_keys             = "unused" # an apply needs a value for every ephemeral variable
  identity_secret      = "test-identity-0123456789-0123456789"
  openai_api_key       = "test-openai"
  redis_url            = "redis://unused:6379/0"
  supabase_jwt_secret  = "unused"
  supabase_secret_key  = "test-secret"
  supabase_service_key = "test-service"
  supabase_url         = "https://project.supabase.co"
  workflow_secrets     = "{}"
  certificate_arn      = "arn:aws:acm:us-east-1:123456789012:certificate/mock"
}

run "outputs_are_strings_in_the_form_that_commands_take" {
  assert {
    condition     = output.ecs_cluster_name == "agent-team-production"
    error_message = "ecs_cluster_name is not the cluster's name."
  }

  assert {
    condition     = output.grpc_load_balancer_endpoint == "mock-0123456789abcdef.elb.us-east-1.amazonaws.com:50051"
    error_message = "grpc_load_balancer_endpoint is not host:port."
  }

  assert {
    condition     = can(regex("^sg-\\w+( sg-\\w+)+$", output.security_group_ids))
    error_message = "security_group_ids are not ids joined by spaces."
  }

  assert {
    condition     = output.service_discovery_namespace_id == "ns-mock" && output.service_discovery_namespace_name == "agent-team-production.local"
    error_message = "The namespace is another one."
  }

  assert {
    condition     = startswith(output.workflow_agent_target_group_arn, "arn:aws:elasticloadbalancing:") && startswith(output.api_gateway_target_group_arn, "arn:aws:elasticloadbalancing:")
    error_message = "A target group's output is not its ARN."
  }

  assert {
    condition     = output.ecs_service_names == "api-gateway-service workflow-agent-service workflow-engine-service"
    error_message = "ecs_service_names are not the services, joined by spaces."
  }

  assert {
    condition     = output.ecr_registry == "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    error_message = "ecr_registry is not a host."
  }

  assert {
    condition     = output.api_url == "https://mock-0123456789abcdef.elb.us-east-1.amazonaws.com"
    error_message = "api_url is not where the API is."
  }
}

run "a_second_region_stands_beside_the_first" {
  variables {
    domain_name               = "api.example.com"
    hosted_zone_id            = "Z0000000000000000000A"
    secondary_region          = "eu-west-1"
    secondary_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/mock"
  }

  assert {
    condition     = toset([for record in aws_route53_record.api : record.latency_routing_policy[0].region]) == toset(["us-east-1", "eu-west-1"])
    error_message = "A region has no record."
  }

  assert {
    condition     = alltrue([for record in aws_route53_record.api : record.alias[0].evaluate_target_health])
    error_message = "Users would be sent to a region that is down."
  }

  assert {
    condition     = output.api_url == "https://api.example.com"
    error_message = "api_url is not the name that both regions share."
  }
}
