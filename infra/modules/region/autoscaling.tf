locals {
  scaled_services = { for name, definition in local.services : name => definition if var.tasks.autoscaling }
}

resource "aws_appautoscaling_target" "this" {
  for_each = local.scaled_services

  max_capacity       = var.tasks.max_count
  min_capacity       = var.tasks.desired_count
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"

  # AWS deletes it with a service that is replaced, and Terraform would not notice, because the name stays the same.
  lifecycle {
    replace_triggered_by = [aws_ecs_service.this[each.key].id]
  }
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each = local.scaled_services

  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.this[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.this[each.key].scalable_dimension
  service_namespace  = aws_appautoscaling_target.this[each.key].service_namespace

  # Scale out soon and in late: a task too many costs cents, a task too few costs failed calls.
  target_tracking_scaling_policy_configuration {
    scale_in_cooldown  = 300
    scale_out_cooldown = 60
    target_value       = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }

  lifecycle {
    replace_triggered_by = [aws_ecs_service.this[each.key].id]
  }
}

# The gateway waits more than it computes: many open streams raise this metric before they raise CPU.
resource "aws_appautoscaling_policy" "requests" {
  count = var.tasks.autoscaling ? 1 : 0

  name               = "requests"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.this["api-gateway"].resource_id
  scalable_dimension = aws_appautoscaling_target.this["api-gateway"].scalable_dimension
  service_namespace  = aws_appautoscaling_target.this["api-gateway"].service_namespace

  target_tracking_scaling_policy_configuration {
    scale_in_cooldown  = 300
    scale_out_cooldown = 60
    # Requests per task and minute.
    target_value = 1000

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${aws_lb.api.arn_suffix}/${aws_lb_target_group.api.arn_suffix}"
    }
  }

  lifecycle {
    replace_triggered_by = [aws_ecs_service.this["api-gateway"].id]
  }
}
