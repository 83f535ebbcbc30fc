# The public load balancer of api-gateway.

resource "aws_lb" "api" {
  drop_invalid_header_fields = true
  # Server-sent events are silent for up to 15 s between heartbeats; the default of 60 s has little room for a slow one.
  idle_timeout       = 120
  # The gateway keeps idle connections for longer, so that the balancer closes them and not the gateway.
  load_balancer_type = "application"
  name               = "${var.name}-alb"
  security_groups    = [aws_security_group.this["alb"].id]
  subnets            = aws_subnet.public[*].id

  # AWS refuses a public balancer in a network without one.
  depends_on = [aws_internet_gateway.this]
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
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    target_group_arn = aws_lb_target_group.api.arn
    type             = "forward"
  }
}

resource "aws_lb_target_group" "api" {
  deregistration_delay = local.deregistration_seconds
  # A stream counts as one request however long it lasts, so round robin would pile them up.
  load_balancing_algorithm_type = "least_outstanding_requests"
  name                          = "${var.name}-api-${substr(sha1("${local.ports.api_gateway} HTTP"), 0, 4)}"
  port                          = local.ports.api_gateway
  protocol                      = "HTTP"
  target_type                   = "ip"
  vpc_id                        = aws_vpc.this.id

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
