# Who is told what, and what grows by itself.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  kms_key_arn      = null
  name             = "agent-team-production"
  redis_auth_token = null
  region           = "us-east-1"

  secret_values = {
    anthropic_api_key    = "test-anthropic"
    openai_api_key       = "test-openai"
    supabase_secret_key  = "test-secret"
    supabase_service_key = "test-service"
    supabase_url         = "https://project.supabase.co"
  }

  cache = {
    create    = true
    engine    = "redis"
    node_type = "cache.t4g.micro"
    nodes     = 2
    own_cidrs = null
  }

  discovery = {
    order           = ["env", "lb", "cloudmap", "dns"]
    service_connect = false
  }

  network = {
    az_count            = 2
    certificate_arn     = null
    engine_egress_ports = null
    nat_gateway         = "single"
    nlb_client_cidrs    = null
    vpc_cidr            = "10.0.0.0/16"
    vpc_endpoints       = false
  }

  secrets = {
    managed = true
    names   = ["anthropic_api_key", "openai_api_key", "supabase_secret_key", "supabase_service_key", "supabase_url"]
    version = 1
  }

  settings = {
    auth_mode    = "jwt"
    debug        = false
    environment  = "production"
    llm_provider = "auto"
    log_level    = "info"
  }

  tasks = {
    autoscaling      = true
    capacity         = "on_demand"
    cpu_architecture = "X86_64"
    desired_count    = 2
    execute_command  = false
    image_tag        = "0123456789ab"
    max_count        = 8
    sizes = {
      api-gateway     = { cpu = 256, memory = 512 }
      workflow-agent  = { cpu = 512, memory = 1024 }
      workflow-engine = { cpu = 256, memory = 512 }
    }
  }

  watching = {
    alarm_topic_arns   = []
    log_retention_days = 30
  }
}

run "by_default" {
  command = plan

  module {
    source = "./modules/region"
  }

  # Every service grows and shrinks back to what was asked.
  assert {
    condition     = alltrue([for target in aws_appautoscaling_target.this : target.min_capacity == 2 && target.max_capacity == 8]) && length(aws_appautoscaling_target.this) == 3
    error_message = "The bounds are others."
  }

  assert {
    condition     = length(aws_appautoscaling_policy.requests) == 1 && length(aws_appautoscaling_policy.cpu) == 3
    error_message = "Something else is scaled."
  }

  # Each trouble has its alarm.
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset(["api-errors", "api-gateway-overloaded", "api-gateway-tasks-missing", "at-max-count", "cache-evictions", "cache-lag", "cache-memory", "fatal-lines", "grpc-resets", "nat-ports-exhausted", "targets-unhealthy", "workflow-agent-overloaded", "workflow-agent-tasks-missing", "workflow-engine-overloaded", "workflow-engine-tasks-missing"])
    error_message = "An alarm is missing, or new."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length([for query in alarm.metric_query : query if query.return_data == true]) == 1])
    error_message = "CloudWatch watches exactly one figure of each alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["workflow-agent-tasks-missing"].treat_missing_data == "breaching"
    error_message = "No tasks at all send no figures at all."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.x + widget.width <= 24])
    error_message = "A widget is off the board."
  }
}

run "alarms_go_to_the_topics_of_their_region" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    watching = merge(var.watching, { alarm_topic_arns = ["arn:aws:sns:us-east-1:123456789012:alarms", "arn:aws:sns:eu-west-1:123456789012:alarms"] })
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:alarms"])])
    error_message = "An alarm calls a topic that it cannot reach."
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.deployment_failed) == 1
    error_message = "A failed deployment is told to nobody."
  }
}

run "nothing_grows_when_scaling_is_off" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    tasks = merge(var.tasks, { autoscaling = false })
  }

  assert {
    condition     = length(aws_appautoscaling_target.this) == 0 && !contains(keys(aws_cloudwatch_metric_alarm.this), "at-max-count")
    error_message = "It is not off."
  }
}
