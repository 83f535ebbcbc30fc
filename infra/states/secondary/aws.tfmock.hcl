# Mocked attributes in eu-west-1. The provider refuses a malformed ARN, and each resource needs its own. `npm run infra:state`
# replaces an ARN with `mock` in it by the resource's address. The DNS names of the load balancers stay, because programs
# read them.

mock_data "aws_availability_zones" {
  defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

override_resource {
  target = module.secondary[0].aws_iam_role.execution
  values = { arn = "arn:aws:iam::123456789012:role/mock-secondary-execution" }
}

override_resource {
  target = module.secondary[0].aws_iam_role.task["api-gateway"]
  values = { arn = "arn:aws:iam::123456789012:role/mock-secondary-api-gateway" }
}

override_resource {
  target = module.secondary[0].aws_iam_role.task["workflow-agent"]
  values = { arn = "arn:aws:iam::123456789012:role/mock-secondary-workflow-agent" }
}

override_resource {
  target = module.secondary[0].aws_iam_role.task["workflow-engine"]
  values = { arn = "arn:aws:iam::123456789012:role/mock-secondary-workflow-engine" }
}

override_resource {
  target = module.secondary[0].aws_lb.api
  values = {
    arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/mock-secondary-api/0123456789abcdef"
    dns_name = "mock-api-0123456789abcdef.elb.eu-west-1.amazonaws.com"
  }
}

override_resource {
  target = module.secondary[0].aws_lb_target_group.api
  values = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/mock-secondary-api/0123456789abcdef" }
}

override_resource {
  target = module.secondary[0].aws_lb.grpc
  values = {
    arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/mock-secondary-grpc/0123456789abcdef"
    dns_name = "mock-grpc-0123456789abcdef.elb.eu-west-1.amazonaws.com"
  }
}

override_resource {
  target = module.secondary[0].aws_lb_target_group.grpc
  values = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/mock-secondary-grpc/0123456789abcdef" }
}

override_resource {
  target = module.secondary[0].aws_service_discovery_service.this["api-gateway"]
  values = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:service/mock-secondary-api-gateway" }
}

override_resource {
  target = module.secondary[0].aws_service_discovery_service.this["workflow-agent"]
  values = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:service/mock-secondary-workflow-agent" }
}

override_resource {
  target = module.secondary[0].aws_service_discovery_service.this["workflow-engine"]
  values = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:service/mock-secondary-workflow-engine" }
}
