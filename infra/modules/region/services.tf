locals {
  # The list of services. Every resource of a service is a for_each over it. It refers to no resource, so that the image
  # repositories can be created first. `secrets`: those that the service reads.
  services = {
    api-gateway = {
      calls    = ["workflow-agent", "workflow-engine"]
      port     = local.ports.api_gateway
      protocol = "http"
      # It has no gRPC server, so the probe asks for its HTTP page.
      probe_address = "http://127.0.0.1:${local.ports.health}/livez"
      secrets       = ["api_keys", "identity_secret", "redis_url", "supabase_jwt_secret", "supabase_url"]
    }
    workflow-agent = {
      calls         = ["workflow-engine"]
      port          = local.ports.workflow_agent
      protocol      = "grpc"
      probe_address = "127.0.0.1:${local.ports.workflow_agent}"
      secrets       = ["anthropic_api_key", "identity_secret", "openai_api_key", "redis_url"]
    }
    workflow-engine = {
      calls         = []
      port          = local.ports.workflow_engine
      protocol      = "grpc"
      probe_address = "127.0.0.1:${local.ports.workflow_engine}"
      secrets       = ["anthropic_api_key", "identity_secret", "openai_api_key", "redis_url", "workflow_secrets"]
    }
  }

  # The load balancers of a service's tasks.
  target_groups = {
    api-gateway     = [aws_lb_target_group.api.arn]
    workflow-agent  = [aws_lb_target_group.grpc.arn]
    workflow-engine = []
  }
}
