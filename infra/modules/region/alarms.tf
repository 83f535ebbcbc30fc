# Alarms are expressions over one-minute metrics, so that two metrics of the same problem need one alarm. `missing` says
# what missing data means: breaching, a problem, or notBreaching, no problem.

locals {
  # ECS rolls a deployment back when one of these alarms fires while it deploys. They evaluate five minutes at most, because
  # ECS watches the alarms for about as long after it has replaced the last task.
  rollback_alarms = ["api-errors", "balancer-errors", "fatal-lines"]

  # CloudWatch can notify topics of its own region only.
  alarm_topics = [for arn in var.watching.alarm_topic_arns : arn if strcontains(arn, ":${var.region}:")]

  alarms = merge(
    local.tasks_missing_alarms, local.load_alarms, local.traffic_alarms, local.cache_alarms, local.nat_alarms, local.log_alarms,
  )

  # A metric of a service; ECS reports it once a minute for each task.
  service_dimensions = {
    for name in keys(local.services) : name => { ClusterName = var.name, ServiceName = "${name}-service" }
  }

  tasks_missing_alarms = {
    for name, dimensions in local.service_dimensions : "${name}-tasks-missing" => {
      description = "Fewer tasks of ${name} run than the minimum."
      expression  = "tasks"
      operator    = "LessThanThreshold"
      threshold   = var.tasks.desired_count
      minutes     = 5
      missing     = "breaching"
      metrics = {
        tasks = { namespace = "AWS/ECS", name = "CPUUtilization", stat = "SampleCount", dimensions = dimensions }
      }
    }
  }

  load_alarms = merge(
    {
      for name, dimensions in local.service_dimensions : "${name}-overloaded" => {
        description = "CPU or memory of ${name} is above 85 %."
        expression  = "MAX([cpu, memory])"
        operator    = "GreaterThanThreshold"
        threshold   = 85
        minutes     = 5
        missing     = "notBreaching"
        metrics = {
          cpu    = { namespace = "AWS/ECS", name = "CPUUtilization", stat = "Average", dimensions = dimensions }
          memory = { namespace = "AWS/ECS", name = "MemoryUtilization", stat = "Average", dimensions = dimensions }
        }
      }
    },
    # Autoscaling has reached its limit.
    {
      for key in ["at-max-count"] : key => {
        description = "For 15 minutes a service has run as many tasks as max_count allows."
        expression  = "MAX([${join(", ", [for name in keys(local.services) : replace(name, "-", "_")])}])"
        operator    = "GreaterThanOrEqualToThreshold"
        threshold   = var.tasks.max_count
        minutes     = 15
        missing     = "notBreaching"
        metrics = {
          for name, dimensions in local.service_dimensions : replace(name, "-", "_") =>
          { namespace = "AWS/ECS", name = "CPUUtilization", stat = "SampleCount", dimensions = dimensions }
        }
      } if var.tasks.autoscaling && var.tasks.max_count > var.tasks.desired_count
    },
  )

  alb_dimensions = { LoadBalancer = aws_lb.api.arn_suffix }
  nlb_dimensions = { LoadBalancer = aws_lb.grpc.arn_suffix }

  traffic_alarms = {
    api-errors = {
      description = "More than 1 % of the API's answers are 5xx."
      expression  = "100 * FILL(errors, 0) / requests"
      operator    = "GreaterThanThreshold"
      threshold   = 1
      minutes     = 5
      missing     = "notBreaching"
      metrics = {
        errors   = { namespace = "AWS/ApplicationELB", name = "HTTPCode_Target_5XX_Count", stat = "Sum", dimensions = local.alb_dimensions }
        requests = { namespace = "AWS/ApplicationELB", name = "RequestCount", stat = "Sum", dimensions = local.alb_dimensions }
      }
    }
    # The balancer answers 502 to 504 itself when it has no healthy task, or a task closes the connection before it answers.
    # `api-errors` counts answers of tasks, and so none of these. Three of five minutes, so that a single one does not alarm.
    balancer-errors = {
      description = "The API's load balancer answers 5xx itself: it has no healthy task, or tasks close its connections."
      expression  = "errors"
      operator    = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 5
      datapoints  = 3
      missing     = "notBreaching"
      metrics = {
        errors = { namespace = "AWS/ApplicationELB", name = "HTTPCode_ELB_5XX_Count", stat = "Sum", dimensions = local.alb_dimensions }
      }
    }
    # The health check asks "alive and not draining", so an outage of a dependency does not raise this alarm.
    targets-unhealthy = {
      description = "A target of a load balancer does not answer, or drains for longer than a deployment takes."
      expression  = "MAX([api, grpc])"
      operator    = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 5
      missing     = "notBreaching"
      metrics = {
        api = {
          namespace  = "AWS/ApplicationELB", name = "UnHealthyHostCount", stat = "Maximum"
          dimensions = merge(local.alb_dimensions, { TargetGroup = aws_lb_target_group.api.arn_suffix })
        }
        grpc = {
          namespace  = "AWS/NetworkELB", name = "UnHealthyHostCount", stat = "Maximum"
          dimensions = merge(local.nlb_dimensions, { TargetGroup = aws_lb_target_group.grpc.arn_suffix })
        }
      }
    }
    # A deployment drains its tasks, and resets no connection; a crash resets one for each client.
    grpc-resets = {
      description = "Tasks of workflow-agent reset connections."
      expression  = "resets"
      operator    = "GreaterThanThreshold"
      threshold   = 10
      minutes     = 3
      missing     = "notBreaching"
      metrics = {
        resets = { namespace = "AWS/NetworkELB", name = "TCP_Target_Reset_Count", stat = "Sum", dimensions = local.nlb_dimensions }
      }
    }
  }

  nat_alarms = {
    for key in ["nat-ports-exhausted"] : key => {
      description = "A NAT gateway has no port left for a new connection."
      expression  = "MAX([${join(", ", [for index in range(local.nat_count) : "nat${index}"])}])"
      operator    = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
      metrics = {
        for index, gateway in aws_nat_gateway.this : "nat${index}" =>
        { namespace = "AWS/NATGateway", name = "ErrorPortAllocation", stat = "Sum", dimensions = { NatGatewayId = gateway.id } }
      }
    } if local.nat_count > 0
  }

  log_alarms = {
    fatal-lines = {
      description = "A program logged a fatal line and ended."
      expression  = "lines"
      operator    = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
      metrics     = { lines = { namespace = var.name, name = "FatalLines", stat = "Sum", dimensions = {} } }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_actions       = local.alarm_topics
  alarm_description   = each.value.description
  alarm_name          = "${var.name}-${each.key}"
  comparison_operator = each.value.operator
  datapoints_to_alarm = lookup(each.value, "datapoints", each.value.minutes)
  evaluation_periods  = each.value.minutes
  ok_actions          = local.alarm_topics
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = metric_query.key
      # An alarm watches one of its queries: the expression, or the metric without one.
      return_data = each.value.expression == metric_query.key

      metric {
        dimensions  = metric_query.value.dimensions
        metric_name = metric_query.value.name
        namespace   = metric_query.value.namespace
        period      = 60
        stat        = metric_query.value.stat
      }
    }
  }

  dynamic "metric_query" {
    for_each = contains(keys(each.value.metrics), each.value.expression) ? [] : [each.value.expression]

    content {
      expression  = metric_query.value
      id          = "watched"
      label       = each.key
      return_data = true
    }
  }
}
