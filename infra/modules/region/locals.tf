data "aws_availability_zones" "available" {
  state = "available"

  # Local zones have neither NAT gateways nor Fargate.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  # Old zones, which lack some kinds of nodes, Fargate or interface endpoints.
  exclude_zone_ids = ["apne1-az3", "cac1-az3", "use1-az3", "usw1-az2"]
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  # The only place in this repository's HCL with a port number.
  ports = {
    api_gateway     = 8000
    cache           = 6379
    health          = 8080
    http            = 80
    https           = 443
    workflow_agent  = 50051
    workflow_engine = 50050
  }

  account_id = data.aws_caller_identity.current.account_id
  namespace  = "${var.name}.local"
  partition  = data.aws_partition.current.partition
  # IAM names are global: without the region in them, those of a second region would collide.
  role_prefix = "${var.name}-${var.region}"

  # From SIGTERM to SIGKILL; Fargate's maximum. Calls are served until 5 s before it.
  stop_timeout_seconds = 120
  dns_ttl_seconds      = 10
  # Until Cloud Map's DNS no longer lists a deregistered task.
  dns_propagation_seconds = 2
  # From SIGTERM to GOAWAY. Before that a client may still read the task's address from DNS, and would return to it. One
  # second of margin.
  lame_duck_seconds = local.dns_propagation_seconds + local.dns_ttl_seconds + 1
  # From the deregistration at a load balancer to SIGTERM: as long as a turn may take. A network load balancer has been seen
  # to send new connections for two minutes after a deregistration.
  deregistration_seconds = 120
}
