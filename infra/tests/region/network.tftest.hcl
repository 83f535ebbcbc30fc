# Subnets, security groups and load balancers. `npm run infra` checks the graph of all flows; these tests check that each
# flow of the map becomes its two rules.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "by_default" {
  command = plan

  module {
    source = "./modules/region"
  }

  # Subnets have the blocks of ZONE_CIDRS.
  assert {
    condition     = aws_subnet.public[*].cidr_block == ["10.0.0.0/24", "10.0.1.0/24"] && aws_subnet.private[*].cidr_block == ["10.0.10.0/24", "10.0.11.0/24"]
    error_message = "The subnets are elsewhere."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route_table.private) == 1
    error_message = "One NAT gateway serves all zones."
  }

  # A flow is two rules.
  assert {
    condition     = aws_vpc_security_group_egress_rule.this["gateway-nlb"].from_port == 50051 && aws_vpc_security_group_ingress_rule.this["gateway-nlb"].from_port == 50051
    error_message = "The gateway does not reach the load balancer."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["nlb-agent-health"].from_port == 8080
    error_message = "The load balancer cannot ask the agent for its health."
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.this)) == toset(["agent-cache", "agent-engine", "alb-gateway", "alb-gateway-health", "clients-nlb 10.0.0.0/16", "engine-cache", "gateway-agent", "gateway-cache", "gateway-engine", "gateway-nlb", "internet-alb-http 0.0.0.0/0", "nlb-agent", "nlb-agent-health"])
    error_message = "Something else comes in."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.this : rule.from_port == rule.to_port && rule.ip_protocol == "tcp"])
    error_message = "A rule opens more than a port."
  }

  # Every load balancer has its group.
  assert {
    condition     = length(aws_lb.grpc.security_groups) == 1 && length(aws_lb.api.security_groups) == 1
    error_message = "One was made without a group: it can never get one."
  }

  assert {
    condition     = aws_lb.grpc.internal && aws_lb.grpc.enable_cross_zone_load_balancing
    error_message = "The internal load balancer is public, or reaches one zone only."
  }

  assert {
    condition     = aws_lb_target_group.grpc.health_check[0].protocol == "HTTP" && aws_lb_target_group.grpc.health_check[0].path == "/readyz" && aws_lb_target_group.grpc.health_check[0].port == "8080"
    error_message = "A server that drains would pass the check."
  }

  assert {
    condition     = aws_lb_target_group.api.health_check[0].path == "/readyz" && aws_lb_target_group.api.health_check[0].port == "8080"
    error_message = "The API's balancer has another health check than the agent's."
  }

  # A draining task is unhealthy in both before it sends GOAWAY.
  assert {
    condition     = alltrue([for check in [aws_lb_target_group.api.health_check[0], aws_lb_target_group.grpc.health_check[0]] : check.interval * check.unhealthy_threshold <= local.lame_duck_seconds && check.timeout < check.interval])
    error_message = "A balancer still sends connections to a task that has sent GOAWAY."
  }

  assert {
    condition     = !aws_lb_target_group.grpc.target_health_state[0].enable_unhealthy_connection_termination && aws_lb_target_group.grpc.connection_termination == false
    error_message = "Streams are reset while they are answered."
  }

  assert {
    condition     = length(aws_lb_target_group.grpc.name) <= 32 && length(aws_lb.grpc.name) <= 32
    error_message = "A name is too long."
  }

  assert {
    condition     = aws_lb_listener.grpc.tcp_idle_timeout_seconds == 350
    error_message = "The idle time is shorter than the clients count on."
  }
}

run "a_certificate_makes_http_a_redirect" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock" })
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && aws_lb_listener.https[0].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    error_message = "HTTP is still served, or HTTPS with an old protocol."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["internet-alb-https 0.0.0.0/0"].from_port == 443
    error_message = "HTTPS is unreachable."
  }
}

run "only_the_given_sources_reach_the_api" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { alb_ingress_cidrs = ["203.0.113.7/32", "198.51.100.0/24"], certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock" })
  }

  assert {
    condition     = toset([for name, rule in aws_vpc_security_group_ingress_rule.this : "${rule.cidr_ipv4} ${rule.from_port}" if startswith(name, "internet-alb")]) == toset(["203.0.113.7/32 80", "203.0.113.7/32 443", "198.51.100.0/24 80", "198.51.100.0/24 443"])
    error_message = "Other sources are admitted, or one of these is not."
  }

  assert {
    condition     = !aws_lb.api.internal
    error_message = "The balancer is internal, and the sources are on the internet."
  }
}

run "only_the_given_prefix_lists_reach_the_api_and_each_at_one_port" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { alb_ingress_prefix_list_ids = ["pl-3b927c52", "pl-0123456789abcdef0"], certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock" })
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.this : "${coalesce(rule.cidr_ipv4, "none")} ${rule.prefix_list_id} ${rule.from_port}" if rule.prefix_list_id != null]) == toset(["none pl-3b927c52 443", "none pl-0123456789abcdef0 443"])
    error_message = "A list is not admitted, or counts twice among the rules of the group."
  }

  assert {
    condition     = length([for name, rule in aws_vpc_security_group_ingress_rule.this : name if startswith(name, "internet-alb")]) == 0
    error_message = "Addresses outside the lists are admitted."
  }
}

run "prefix_lists_and_addresses_reach_an_api_without_a_certificate" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { alb_ingress_cidrs = ["203.0.113.7/32"], alb_ingress_prefix_list_ids = ["pl-3b927c52"], alb_internal = true })
  }

  assert {
    condition     = toset([for name, rule in aws_vpc_security_group_ingress_rule.this : "${rule.cidr_ipv4 == null ? rule.prefix_list_id : rule.cidr_ipv4} ${rule.from_port}" if endswith(split(" ", name)[0], "-alb") || startswith(name, "internet-alb")]) == toset(["203.0.113.7/32 80", "pl-3b927c52 80"])
    error_message = "One of the two is not admitted, or others are."
  }
}

run "an_internal_api_admits_the_vpc" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { alb_internal = true })
  }

  assert {
    condition     = aws_lb.api.internal && toset([for name, rule in aws_vpc_security_group_ingress_rule.this : rule.cidr_ipv4 if startswith(name, "internet-alb")]) == toset(["10.0.0.0/16"])
    error_message = "The balancer is public, or admits other sources."
  }
}

run "a_gateway_in_each_zone" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { az_count = 3, nat_gateway = "per_az" })
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route.private) == 3 && length(aws_subnet.private) == 3
    error_message = "A zone depends on another one."
  }
}

run "without_internet_aws_is_reachable" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { nat_gateway = "none", vpc_endpoints = true })
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length([for name in keys(aws_vpc_security_group_egress_rule.this) : name if strcontains(name, "internet")]) == 0
    error_message = "There is a route to the internet."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["data-servicediscovery", "ecr.api", "ecr.dkr", "logs", "servicediscovery", "ssm"])
    error_message = "A service of AWS cannot be reached."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["engine-endpoints"].from_port == 443 && aws_vpc_security_group_egress_rule.this["engine-s3"].prefix_list_id == "pl-01234567"
    error_message = "The engine cannot load its image."
  }
}

run "the_engine_calls_only_the_ports_that_are_allowed" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network = merge(var.network, { engine_egress_ports = [8443] })
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.this : rule.from_port if rule.security_group_id != null && rule.cidr_ipv4 == "0.0.0.0/0"]) == toset([443, 8443])
    error_message = "Other ports are open."
  }
}
