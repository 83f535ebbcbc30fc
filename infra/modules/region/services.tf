locals {
  # The one list of what runs. Everything that is made for each service is a for_each over it, and it refers to no
  # resource: so the image repositories can be made before all else.
  services = {
    api-gateway = {
      calls    = ["workflow-agent", "workflow-engine"]
      port     = local.ports.api_gateway
      protocol = "http"
      # It speaks no gRPC, so the probe asks its page.
      probe_address = "http://127.0.0.1:${local.ports.health}/livez"
      secrets       = ["api_keys", "supabase_jwt_secret", "supabase_secret_key", "supabase_service_key", "supabase_url"]
    }
    workflow-agent = {
      calls         = ["workflow-engine"]
      port          = local.ports.workflow_agent
      protocol      = "grpc"
      probe_address = "127.0.0.1:${local.ports.workflow_agent}"
      secrets       = ["anthropic_api_key", "openai_api_key"]
    }
    workflow-engine = {
      calls         = []
      port          = local.ports.workflow_engine
      protocol      = "grpc"
      probe_address = "127.0.0.1:${local.ports.workflow_engine}"
      secrets       = ["anthropic_api_key", "openai_api_key"]
    }
  }

  # The balancers whose targets a service's tasks are.
  target_groups = {
    api-gateway     = [aws_lb_target_group.api.arn]
    workflow-agent  = [aws_lb_target_group.grpc.arn]
    workflow-engine = []
  }
}
