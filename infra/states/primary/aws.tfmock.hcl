# Mocked attributes in us-east-1. The provider refuses a malformed ARN, and each resource needs its own. `npm run infra:state`
# replaces an ARN with `mock` in it by the resource's address. The DNS names of the load balancers stay, because programs
# read them.

mock_data "aws_availability_zones" {
  defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

override_resource {
  target = module.region.aws_iam_role.execution
  values = { arn = "arn:aws:iam::123456789012:role/mock-primary-execution" }
}

override_resource {
  target = module.region.aws_iam_role.task["api-gateway"]
  values = { arn = "arn:aws:iam::123456789012:role/mock-primary-api-gateway" }
}

override_resource {
  target = module.region.aws_iam_role.task["workflow-agent"]
  values = { arn = "arn:aws:iam::123456789012:role/mock-primary-workflow-agent" }
}

override_resource {
  target = module.region.aws_iam_role.task["workflow-engine"]
  values = { arn = "arn:aws:iam::123456789012:role/mock-primary-workflow-engine" }
}

override_resource {
  target = module.region.aws_lb.api
  values = {
    arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/mock-primary-api/0123456789abcdef"
    dns_name = "mock-api-0123456789abcdef.elb.us-east-1.amazonaws.com"
  }
}

override_resource {
  target = module.region.aws_lb_target_group.api
  values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/mock-primary-api/0123456789abcdef" }
}

override_resource {
  target = module.region.aws_lb.grpc
  values = {
    arn      = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/mock-primary-grpc/0123456789abcdef"
    dns_name = "mock-grpc-0123456789abcdef.elb.us-east-1.amazonaws.com"
  }
}

override_resource {
  target = module.region.aws_lb_target_group.grpc
  values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/mock-primary-grpc/0123456789abcdef" }
}

override_resource {
  target = module.region.aws_service_discovery_service.this["api-gateway"]
  values = { arn = "arn:aws:servicediscovery:us-east-1:123456789012:service/mock-primary-api-gateway" }
}

override_resource {
  target = module.region.aws_service_discovery_service.this["workflow-agent"]
  values = { arn = "arn:aws:servicediscovery:us-east-1:123456789012:service/mock-primary-workflow-agent" }
}

override_resource {
  target = module.region.aws_service_discovery_service.this["workflow-engine"]
  values = { arn = "arn:aws:servicediscovery:us-east-1:123456789012:service/mock-primary-workflow-engine" }
}
