# The internal load balancer of workflow-agent: TCP, so it carries HTTP/2 as it is and pins a connection to one task.

resource "aws_lb" "grpc" {
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = var.protection.deletion_protection
  internal                         = true
  load_balancer_type               = "network"
  name                             = "${var.name}-grpc-nlb"
  # From its creation: AWS cannot add a group to a network load balancer that was created without one.
  security_groups = [aws_security_group.this["nlb"].id]
  subnets         = aws_subnet.private[*].id
}

resource "aws_lb_listener" "grpc" {
  load_balancer_arn = aws_lb.grpc.arn
  port              = local.ports.workflow_agent
  protocol          = "TCP"
  # After this time the load balancer drops an idle flow without a reset. The clients' keepalive of 60 s prevents that.
  tcp_idle_timeout_seconds = 350

  default_action {
    target_group_arn = aws_lb_target_group.grpc.arn
    type             = "forward"
  }
}

resource "aws_lb_target_group" "grpc" {
  # The server ends its own streams while it drains.
  connection_termination = false
  deregistration_delay   = local.deregistration_seconds
  name                   = "${var.name}-grpc-${substr(sha1("${local.ports.workflow_agent} TCP"), 0, 4)}"
  port                   = local.ports.workflow_agent
  # With it, a task that calls itself through the load balancer would hang.
  preserve_client_ip = false
  protocol           = "TCP"
  target_type        = "ip"
  vpc_id             = aws_vpc.this.id

  # Passes while the task is alive and not draining. ECS replaces tasks with an unhealthy target, so the outage of a
  # dependency must not fail it. A TCP check passes for a server that drains, and an NLB has no gRPC check.
  health_check {
    healthy_threshold   = 2
    interval            = 5
    matcher             = "200"
    path                = "/readyz"
    port                = tostring(local.ports.health)
    protocol            = "HTTP"
    timeout             = 2
    unhealthy_threshold = 2
  }

  # By default an unhealthy target's open streams are reset at once.
  target_health_state {
    enable_unhealthy_connection_termination = false
    unhealthy_draining_interval             = local.stop_timeout_seconds
  }

  # Another port or protocol needs another group, and a listener needs a group at all times.
  lifecycle {
    create_before_destroy = true
  }
}
