locals {
  # The one list of what runs. Everything that is made for each service is a for_each over it, and it refers to no
  # resource: so the image repositories can be made before all else. `secrets`: those that its configuration reads.
  services = {
    api-gateway = {
      calls    = ["workflow-agent", "workflow-engine"]
      port     = local.ports.api_gateway
      protocol = "http"
      # It speaks no gRPC, so the probe asks its page.
      probe_address = "http://127.0.0.1:${local.ports.health}/livez"
      secrets       = ["api_keys", "identity_secret", "supabase_jwt_secret", "supabase_url"]
    }
    workflow-agent = {
      calls         = ["workflow-engine"]
      port          = local.ports.workflow_agent
      protocol      = "grpc"
      probe_address = "127.0.0.1:${local.ports.workflow_agent}"
      secrets       = ["identity_secret", "redis_url"]
    }
    workflow-engine = {
      calls         = []
      port          = local.ports.workflow_engine
      protocol      = "grpc"
      probe_address = "127.0.0.1:${local.ports.workflow_engine}"
      secrets       = ["identity_secret", "redis_url"]
    }
  }

  # The balancers whose targets a service's tasks are.
  target_groups = {
    api-gateway     = [aws_lb_target_group.api.arn]
    workflow-agent  = [aws_lb_target_group.grpc.arn]
    workflow-engine = []
  }
}
