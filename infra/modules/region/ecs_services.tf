locals {
  # Of each service one task is on demand, the others are what AWS has to spare.
  spot_strategy = var.tasks.capacity == "spot" ? { FARGATE = { base = 1, weight = 0 }, FARGATE_SPOT = { base = 0, weight = 1 } } : {}
}

resource "aws_ecs_service" "this" {
  for_each = local.services

  availability_zone_rebalancing      = "ENABLED"
  cluster                            = aws_ecs_cluster.this.id
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = var.tasks.desired_count
  enable_execute_command             = var.tasks.execute_command
  health_check_grace_period_seconds  = length(local.target_groups[each.key]) > 0 ? 60 : null
  launch_type                        = length(local.spot_strategy) > 0 ? null : "FARGATE"
  name                               = "${each.key}-service"
  propagate_tags                     = "SERVICE"
  task_definition                    = aws_ecs_task_definition.this[each.key].arn

  dynamic "capacity_provider_strategy" {
    for_each = local.spot_strategy

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

      dynamic "service" {
        for_each = { for name, alias in local.service_connect_aliases : name => alias if name == each.key }

        content {
          # The plain name belongs to the service's DNS records.
          discovery_name = service.value
          port_name      = each.value.protocol

          client_alias {
            dns_name = service.value
            port     = each.value.port
          }

          # An answer streams for as long as it takes; the default would cut it after 15 s.
          timeout {
            per_request_timeout_seconds = 0
          }
        }
      }
    }
  }

  # Container and port also put the port into the SRV record and the API's answers.
  service_registries {
    container_name = each.key
    container_port = each.value.port
    registry_arn   = aws_service_discovery_service.this[each.key].arn
  }

  lifecycle {
    # Autoscaling moves it.
    ignore_changes = [desired_count]
  }

  # A target group is refused until a listener uses it, and the first task needs the role's policy.
  depends_on = [
    aws_ecs_cluster_capacity_providers.this,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_lb_listener.grpc,
    aws_lb_listener.http,
    aws_lb_listener.https,
    aws_ssm_parameter.identity_secret,
    aws_ssm_parameter.redis_url,
    aws_ssm_parameter.secret,
    aws_vpc_security_group_egress_rule.this,
    aws_vpc_security_group_ingress_rule.this,
  ]
}
