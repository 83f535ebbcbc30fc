# The load balancer of api-gateway: public, unless alb_internal.

resource "aws_lb" "api" {
  drop_invalid_header_fields = true
  enable_deletion_protection = var.protection.deletion_protection
  # Server-sent events are silent for up to 15 s between heartbeats; the default of 60 s has little room for a slow one.
  # The gateway keeps idle connections for longer (150 s), so that it never closes one that the balancer is about to use.
  idle_timeout       = 120
  internal           = var.network.alb_internal
  load_balancer_type = "application"
  name               = "${var.name}-alb"
  security_groups    = [aws_security_group.this["alb"].id]
  subnets            = var.network.alb_internal ? aws_subnet.private[*].id : aws_subnet.public[*].id
  # The gateway's TRUSTED_HOPS relies on it.
  xff_header_processing_mode = "append"

  dynamic "access_logs" {
    for_each = var.protection.access_logs ? [local.log_bucket] : []

    content {
      bucket  = access_logs.value
      enabled = true
      prefix  = "alb"
    }
  }

  # AWS refuses a public load balancer in a VPC without an internet gateway, and logs to a bucket that it may not write to.
  depends_on = [aws_internet_gateway.this, aws_s3_bucket_policy.logs]
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.api.arn
  port              = local.ports.http
  protocol          = "HTTP"

  default_action {
    target_group_arn = var.network.certificate_arn == null ? aws_lb_target_group.api.arn : null
    type             = var.network.certificate_arn == null ? "forward" : "redirect"

    dynamic "redirect" {
      for_each = var.network.certificate_arn[*]

      content {
        port        = tostring(local.ports.https)
        protocol    = "HTTPS"
        status_code = "HTTP_301"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count = var.network.certificate_arn == null ? 0 : 1

  certificate_arn   = var.network.certificate_arn
  load_balancer_arn = aws_lb.api.arn
  port              = local.ports.https
  protocol          = "HTTPS"
  # TLS 1.3, and 1.2 for older clients.
  ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    target_group_arn = aws_lb_target_group.api.arn
    type             = "forward"
  }
}

resource "aws_lb_target_group" "api" {
  deregistration_delay = local.deregistration_seconds
  # A stream is one request however long it lasts, so round robin would load tasks unevenly.
  load_balancing_algorithm_type = "least_outstanding_requests"
  name                          = "${var.name}-api-${substr(sha1("${local.ports.api_gateway} HTTP"), 0, 4)}"
  port                          = local.ports.api_gateway
  protocol                      = "HTTP"
  target_type                   = "ip"
  vpc_id                        = aws_vpc.this.id

  # Passes while the task is alive and not draining, as for workflow-agent.
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

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_wafv2_web_acl_association" "api" {
  count = var.protection.web_acl_arn == null ? 0 : 1

  resource_arn = aws_lb.api.arn
  web_acl_arn  = var.protection.web_acl_arn
}
