# The connections that are admitted. Each flow becomes two rules, one in the source's group and one in the target's; a flow
# that is not in these maps is refused. `callers`, `lists`, `internet`, `clients`, `s3` and `own-cache` are no groups: one rule each.

locals {
  flows = merge(local.fixed_flows, local.https_flows, local.cache_flows, local.internet_flows, local.endpoint_flows)

  fixed_flows = {
    internet-alb-http  = { from = "callers", to = "alb", port = local.ports.http }
    alb-gateway        = { from = "alb", to = "api-gateway", port = local.ports.api_gateway }
    alb-gateway-health = { from = "alb", to = "api-gateway", port = local.ports.health }
    clients-nlb        = { from = "clients", to = "nlb", port = local.ports.workflow_agent }
    gateway-nlb        = { from = "api-gateway", to = "nlb", port = local.ports.workflow_agent }
    nlb-agent          = { from = "nlb", to = "workflow-agent", port = local.ports.workflow_agent }
    nlb-agent-health   = { from = "nlb", to = "workflow-agent", port = local.ports.health }
    gateway-agent      = { from = "api-gateway", to = "workflow-agent", port = local.ports.workflow_agent }
    gateway-engine     = { from = "api-gateway", to = "workflow-engine", port = local.ports.workflow_engine }
    agent-engine       = { from = "workflow-agent", to = "workflow-engine", port = local.ports.workflow_engine }
    # At one port: CloudFront's list counts as 55 rules at each, and a group may have 60.
    lists-alb = { from = "lists", to = "alb", port = var.network.certificate_arn == null ? local.ports.http : local.ports.https }
  }

  https_flows = var.network.certificate_arn == null ? {} : {
    internet-alb-https = { from = "callers", to = "alb", port = local.ports.https }
  }

  cache_flows = {
    agent-cache   = { from = "workflow-agent", to = local.cache_place, port = local.ports.cache }
    engine-cache  = { from = "workflow-engine", to = local.cache_place, port = local.ports.cache }
    gateway-cache = { from = "api-gateway", to = local.cache_place, port = local.ports.cache } # the limits of callers
  }
  cache_place = var.cache.create ? "cache" : "own-cache"

  internet_flows = var.network.nat_gateway == "none" ? {} : merge(
    {
      gateway-internet = { from = "api-gateway", to = "internet", port = local.ports.https }
      agent-internet   = { from = "workflow-agent", to = "internet", port = local.ports.https }
    },
    {
      for port in local.engine_egress_ports : "engine-internet-${port}" => {
        from = "workflow-engine", to = "internet", port = port
      }
    },
  )
  # Workflows make HTTP requests; image and secrets need HTTPS.
  engine_egress_ports = toset(concat(
    [local.ports.https],
    var.network.engine_egress_ports == null ? [local.ports.http] : var.network.engine_egress_ports,
  ))

  # The layers of images come from S3, through an endpoint that is a route and has no address in the VPC.
  endpoint_flows = !var.network.vpc_endpoints ? {} : {
    gateway-endpoints = { from = "api-gateway", to = "endpoints", port = local.ports.https }
    agent-endpoints   = { from = "workflow-agent", to = "endpoints", port = local.ports.https }
    engine-endpoints  = { from = "workflow-engine", to = "endpoints", port = local.ports.https }
    gateway-s3        = { from = "api-gateway", to = "s3", port = local.ports.https }
    agent-s3          = { from = "workflow-agent", to = "s3", port = local.ports.https }
    engine-s3         = { from = "workflow-engine", to = "s3", port = local.ports.https }
  }

  security_groups = merge(
    {
      alb             = "Public load balancer"
      api-gateway     = "Tasks of api-gateway"
      nlb             = "Internal load balancer of workflow-agent"
      workflow-agent  = "Tasks of workflow-agent"
      workflow-engine = "Tasks of workflow-engine"
    },
    var.cache.create ? { cache = "Nodes of the cache" } : {},
    var.network.vpc_endpoints ? { endpoints = "Interface endpoints of AWS services" } : {},
  )

  # Peers that are no groups: CIDR blocks, prefix lists of callers, and S3 by its prefix list.
  everyone = var.network.alb_internal ? var.network.vpc_cidr : "0.0.0.0/0"
  lists    = var.network.alb_ingress_prefix_list_ids
  peers = {
    clients   = var.network.nlb_client_cidrs == null ? [var.network.vpc_cidr] : var.network.nlb_client_cidrs
    callers   = var.network.alb_ingress_cidrs != null ? var.network.alb_ingress_cidrs : length(local.lists) > 0 ? [] : [local.everyone]
    lists     = local.lists
    internet  = ["0.0.0.0/0"]
    own-cache = var.cache.own_cidrs == null ? [var.network.vpc_cidr] : var.cache.own_cidrs
  }

  ingress_rules = merge([
    for name, flow in local.flows : {
      for peer in lookup(local.peers, flow.from, [""]) : trimsuffix("${name} ${peer}", " ") => merge(flow, { peer = peer })
    } if contains(keys(local.security_groups), flow.to)
  ]...)

  egress_rules = merge([
    for name, flow in local.flows : {
      for peer in lookup(local.peers, flow.to, [""]) : trimsuffix("${name} ${peer}", " ") => merge(flow, { peer = peer })
    } if contains(keys(local.security_groups), flow.from)
  ]...)
}

resource "aws_security_group" "this" {
  for_each = local.security_groups

  description = each.value
  name        = "${var.name}-${each.key}"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.ingress_rules

  cidr_ipv4                    = each.value.peer == "" || each.value.from == "lists" ? null : each.value.peer
  from_port                    = each.value.port
  ip_protocol                  = "tcp"
  prefix_list_id               = each.value.from == "lists" ? each.value.peer : null
  referenced_security_group_id = each.value.peer == "" ? aws_security_group.this[each.value.from].id : null
  security_group_id            = aws_security_group.this[each.value.to].id
  to_port                      = each.value.port

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = local.egress_rules

  cidr_ipv4                    = each.value.peer == "" ? null : each.value.peer
  from_port                    = each.value.port
  ip_protocol                  = "tcp"
  prefix_list_id               = each.value.to == "s3" ? aws_vpc_endpoint.s3.prefix_list_id : null
  referenced_security_group_id = contains(keys(local.security_groups), each.value.to) ? aws_security_group.this[each.value.to].id : null
  security_group_id            = aws_security_group.this[each.value.from].id
  to_port                      = each.value.port

  tags = { Name = "${var.name}-${each.key}" }
}
