# CONTRACT.md: the defaults of all variables that have one.

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
  certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock"
  image_tag       = "0123456789ab"
  secrets         = ["supabase_url"]
  supabase_url    = "https://project.supabase.co"
}

run "defaults_are_those_of_the_contract" {
  command = plan

  assert {
    condition     = var.aws_region == "us-east-1" && var.project_name == "agent-team" && var.environment == "production"
    error_message = "The system has another name, or another region."
  }

  assert {
    condition     = var.desired_count == 2 && var.workflow_agent_cpu == 512 && var.workflow_agent_memory == 1024
    error_message = "Another number of tasks, or tasks of another size."
  }

  assert {
    condition     = var.max_count == 8 && var.cache_nodes == 2
    error_message = "It grows less, or the cache does not survive a node."
  }

  assert {
    condition     = var.trusted_hops == 1
    error_message = "Callers without a subject are counted by another address."
  }

  assert {
    condition     = var.vpc_cidr == "10.0.0.0/16" && var.secondary_vpc_cidr == "10.1.0.0/16"
    error_message = "Two regions have other addresses, or the same."
  }

  assert {
    condition     = var.log_retention_days == 30
    error_message = "Logs are kept for another time."
  }

  assert {
    condition     = join(",", var.discovery_order) == "env,lb,cloudmap,dns"
    error_message = "Clients look elsewhere first."
  }

  assert {
    condition     = output.name == "agent-team-production" && output.service_discovery_namespace_name == "agent-team-production.local" && output.log_group_name == "/ecs/agent-team-production"
    error_message = "A name is another one than the commands of the documents have."
  }
}

run "region_and_name_make_the_names" {
  command = plan

  variables {
    aws_region      = "eu-west-1"
    certificate_arn = null
    environment     = "staging"
    project_name    = "billing"
  }

  assert {
    condition     = output.name == "billing-staging" && output.ecs_cluster_name == "billing-staging" && output.aws_region == "eu-west-1"
    error_message = "The names are not made of project and environment."
  }
}
