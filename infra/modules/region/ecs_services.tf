locals {
  # With spot capacity one task of each service runs on demand. Both cases are capacity provider strategies: a change between
  # a strategy and a launch type would replace the service.
  capacity_strategy = {
    on_demand = { FARGATE = { base = 0, weight = 1 } }
    spot      = { FARGATE = { base = 1, weight = 0 }, FARGATE_SPOT = { base = 0, weight = 1 } }
  }[var.tasks.capacity]

  # Percent of the desired tasks that run during a deployment: a new task is healthy before an old one stops.
  replacement_percent = {
    rolling = { least = 100, most = 200 }
  }[var.tasks.deployment_strategy]
}

resource "aws_ecs_service" "this" {
  for_each = local.services

  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.this.id
  deployment_maximum_percent         = local.replacement_percent.most
  deployment_minimum_healthy_percent = local.replacement_percent.least
  desired_count                      = var.tasks.desired_count
  enable_execute_command             = var.tasks.execute_command
  # The provider needs it to change a strategy.
  force_new_deployment              = true
  health_check_grace_period_seconds = length(local.target_groups[each.key]) > 0 ? 60 : null
  name                              = "${each.key}-service"
  propagate_tags                    = "SERVICE"
  task_definition                   = aws_ecs_task_definition.this[each.key].arn

  # The circuit breaker acts on the health of tasks only; these alarms act on error responses and crashes.
  alarms {
    alarm_names = [for name in local.rollback_alarms : aws_cloudwatch_metric_alarm.this[name].alarm_name]
    enable      = true
    rollback    = true
  }

  dynamic "capacity_provider_strategy" {
    for_each = local.capacity_strategy

    content {
      base              = capacity_provider_strategy.value.base
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value.weight
    }
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "load_balancer" {
    for_each = local.target_groups[each.key]

    content {
      container_name   = each.key
      container_port   = each.value.port
      target_group_arn = load_balancer.value
    }
  }

  network_configuration {
    assign_public_ip = false
    security_groups  = [aws_security_group.this[each.key].id]
    subnets          = aws_subnet.private[*].id
  }

  dynamic "service_connect_configuration" {
    for_each = var.discovery.service_connect ? [each.key] : []

    content {
      enabled   = true
      namespace = aws_service_discovery_private_dns_namespace.this.arn

      # The proxy's log, in streams of its own.
      log_configuration {
        log_driver = "awslogs"
        options    = merge(local.log_options, { awslogs-stream-prefix = "${each.key}-proxy" })
      }

      dynamic "service" {
        for_each = { for name, alias in local.service_connect_aliases : name => alias if name == each.key }

        content {
          # The Cloud Map service with the DNS records has the plain name.
          discovery_name = service.value
          port_name      = each.value.protocol

          client_alias {
            dns_name = service.value
            port     = each.value.port
          }

          # Set both: the provider sends 0 for the one that is left out, and 0 means "no timeout". Per request it is 0,
          # because the default of 15 s would cut a stream. An hour without any stream ends the connection.
          timeout {
            idle_timeout_seconds        = 3600
            per_request_timeout_seconds = 0
          }
        }
      }
    }
  }

  # Container and port add the port to the SRV record and to the responses of the API.
  service_registries {
    container_name = each.key
    container_port = each.value.port
    registry_arn   = aws_service_discovery_service.this[each.key].arn
  }

  lifecycle {
    # Autoscaling changes it.
    ignore_changes = [desired_count]
  }

  # ECS refuses a target group that no listener uses. The first tasks need the role's policy, their secrets, and routes to
  # AWS: a first deployment that fails has no revision to roll back to.
  depends_on = [
    aws_ecs_cluster_capacity_providers.this,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_lb_listener.grpc,
    aws_lb_listener.http,
    aws_lb_listener.https,
    aws_route.private,
    aws_route_table_association.private,
    aws_ssm_parameter.identity_secret,
    aws_ssm_parameter.redis_url,
    aws_ssm_parameter.secret,
    aws_vpc_endpoint.interface,
    aws_vpc_endpoint.s3,
    aws_vpc_security_group_egress_rule.this,
    aws_vpc_security_group_ingress_rule.this,
  ]
}
