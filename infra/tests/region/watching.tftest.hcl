# Alarms, events, the dashboard and autoscaling.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "by_default" {
  command = plan

  module {
    source = "./modules/region"
  }

  # Every service scales out, and back to desired_count.
  assert {
    condition     = alltrue([for target in aws_appautoscaling_target.this : target.min_capacity == 2 && target.max_capacity == 8]) && length(aws_appautoscaling_target.this) == 3
    error_message = "The bounds are others."
  }

  assert {
    condition     = length(aws_appautoscaling_policy.requests) == 1 && length(aws_appautoscaling_policy.cpu) == 3
    error_message = "Something else is scaled."
  }

  # Each problem has its alarm.
  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset(["api-errors", "api-gateway-overloaded", "api-gateway-tasks-missing", "at-max-count", "balancer-errors", "cache-evictions", "cache-lag", "cache-memory", "fatal-lines", "grpc-resets", "nat-ports-exhausted", "targets-unhealthy", "workflow-agent-overloaded", "workflow-agent-tasks-missing", "workflow-engine-overloaded", "workflow-engine-tasks-missing"])
    error_message = "An alarm is missing, or new."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length([for query in alarm.metric_query : query if query.return_data == true]) == 1])
    error_message = "CloudWatch watches exactly one figure of each alarm."
  }

  assert {
    condition     = one(aws_cloudwatch_metric_alarm.this["balancer-errors"].metric_query).metric[0].metric_name == "HTTPCode_ELB_5XX_Count"
    error_message = "No alarm counts the balancer's own 5xx."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["balancer-errors"].datapoints_to_alarm == 3 && aws_cloudwatch_metric_alarm.this["api-errors"].datapoints_to_alarm == aws_cloudwatch_metric_alarm.this["api-errors"].evaluation_periods
    error_message = "Sporadic errors raise no alarm, or another alarm fires earlier."
  }

  # ECS watches the alarms after a deployment for about as long as they evaluate.
  assert {
    condition     = alltrue([for service in aws_ecs_service.this : alltrue([for name in service.alarms[0].alarm_names : one([for alarm in aws_cloudwatch_metric_alarm.this : alarm.evaluation_periods if alarm.alarm_name == name]) <= 5])])
    error_message = "deploy.sh would give up before ECS has finished."
  }

  assert {
    condition     = aws_ecs_cluster.this.setting != null && one(aws_ecs_cluster.this.setting).value == "disabled"
    error_message = "Container Insights costs money, and no variable asked for it."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["workflow-agent-tasks-missing"].treat_missing_data == "breaching"
    error_message = "No tasks at all send no figures at all."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.x + widget.width <= 24])
    error_message = "A widget is off the board."
  }

  assert {
    condition     = alltrue(flatten([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [for metric in try(widget.properties.metrics, []) : length(metric) >= 2 && length(metric) % 2 == 0]]))
    error_message = "A metric is not a namespace, a name, and pairs of dimensions."
  }

  assert {
    condition     = contains(flatten([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [for metric in try(widget.properties.metrics, []) : join(" ", metric)]]), "agent-team-production EndpointsReady service api-gateway target workflow-agent")
    error_message = "The board does not show whether the gateway finds its agents."
  }
}

run "without_client_metrics_nothing_is_written_or_shown" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    watching = merge(var.watching, { client_metrics = false })
  }

  assert {
    condition     = !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "EndpointsReady") && alltrue([for definition in aws_ecs_task_definition.this : !strcontains(definition.container_definitions, "CLIENT_METRICS_NAMESPACE")])
    error_message = "Figures are written, or an empty graph is shown."
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
    error_message = "No topic gets the event of a failed deployment."
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
