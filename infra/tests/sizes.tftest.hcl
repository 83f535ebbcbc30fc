# The proxy of each task needs CPU and memory, and Fargate has fixed pairs of both.

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

run "tasks_have_the_given_size" {
  command = plan

  assert {
    condition     = local.sizes.workflow-agent.cpu == 512 && local.sizes.workflow-agent.memory == 1024 && local.sizes.api-gateway.cpu == 256 && local.sizes.api-gateway.memory == 512
    error_message = "A task has another size than was asked for."
  }
}

run "service_connect_takes_the_next_larger_pair" {
  command = plan

  variables {
    service_connect = true
  }

  assert {
    condition     = local.sizes.workflow-agent.cpu == 1024 && local.sizes.workflow-agent.memory == 2048
    error_message = "512 + 256 CPU units and 1024 + 64 MiB fit into 1024 and 2048."
  }

  assert {
    condition     = local.sizes.workflow-engine.cpu == 512 && local.sizes.workflow-engine.memory == 1024
    error_message = "256 + 256 CPU units and 512 + 64 MiB fit into 512 and 1024."
  }
}
