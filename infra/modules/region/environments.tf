locals {
  # The variables that each service reads, except for its secrets.
  environments = {
    api-gateway = merge(local.process_environment, local.client_metrics_environment, local.agent_client_environment, local.engine_client_environment, local.open_gateway_environment, {
      AUTH_MODE    = var.settings.auth_mode
      CORS_ORIGINS = join(",", var.settings.cors_origins)
      HTTP_HOST    = "0.0.0.0"
      HTTP_PORT    = tostring(local.ports.api_gateway)
      # The limit per address equals the total: all callers come from the load balancer's addresses.
      MAX_CONNECTIONS_PER_ADDRESS = "4096"
      MESSAGES_PER_MINUTE         = tostring(var.settings.messages_per_minute)
      REQUESTS_PER_MINUTE         = tostring(var.settings.requests_per_minute)
      STREAMS_PER_SUBJECT         = tostring(var.settings.streams_per_subject)
      # The load balancer appends the client's address to X-Forwarded-For.
      TRUSTED_HOPS = tostring(var.settings.trusted_hops)
    })
    workflow-agent = merge(local.process_environment, local.client_metrics_environment, local.engine_client_environment, {
      GRPC_HOST    = "0.0.0.0"
      GRPC_PORT    = tostring(local.ports.workflow_agent)
      LLM_PROVIDER = var.settings.llm_provider
    })
    workflow-engine = merge(local.process_environment, {
      GRPC_HOST    = "0.0.0.0"
      GRPC_PORT    = tostring(local.ports.workflow_engine)
      LLM_PROVIDER = var.settings.llm_provider
      PUBLIC_URL   = local.public_url
    })
  }

  # Where people reach the API: the links of approvals begin with it.
  public_url = "${var.network.certificate_arn == null ? "http" : "https"}://${coalesce(var.network.domain_name, lower(aws_lb.api.dns_name))}"

  # With AUTH_MODE=none the gateway admits requests to known host names only, against pages of other sites.
  open_gateway_environment = var.settings.auth_mode == "none" ? {
    ALLOWED_HOSTS = join(",", compact([lower(aws_lb.api.dns_name), var.network.domain_name]))
  } : {}

  process_environment = {
    AWS_REGION      = var.region
    DEBUG           = tostring(var.settings.debug)
    ENVIRONMENT     = var.settings.environment
    HEALTH_HOST     = "0.0.0.0"
    HEALTH_PORT     = tostring(local.ports.health)
    LAME_DUCK_MS    = tostring(local.lame_duck_seconds * 1000)
    LOG_LEVEL       = var.settings.log_level
    STOP_TIMEOUT_MS = tostring(local.stop_timeout_seconds * 1000)
  }

  # The channel metrics of dashboard.tf come from these lines.
  client_metrics_environment = var.watching.client_metrics ? { CLIENT_METRICS_NAMESPACE = var.name } : {}

  # The target of workflow-agent's clients: every strategy, in the order to try them.
  agent_client_environment = merge(
    {
      WORKFLOW_SERVICE_CLOUD_MAP   = "${local.namespace}/workflow-agent"
      WORKFLOW_SERVICE_DISCOVERY   = join(",", var.discovery.order)
      WORKFLOW_SERVICE_DNS_NAME    = "workflow-agent.${local.namespace}"
      WORKFLOW_SERVICE_LB_ENDPOINT = "${aws_lb.grpc.dns_name}:${local.ports.workflow_agent}"
      ZONE_CIDRS                   = local.zone_cidrs
    },
    var.discovery.service_connect ? {
      WORKFLOW_SERVICE_HOST = local.service_connect_aliases["workflow-agent"]
      WORKFLOW_SERVICE_PORT = tostring(local.ports.workflow_agent)
    } : {},
  )

  engine_client_environment = merge(
    {
      WORKFLOW_ENGINE_CLOUD_MAP = "${local.namespace}/workflow-engine"
      WORKFLOW_ENGINE_DISCOVERY = join(",", var.discovery.order)
      WORKFLOW_ENGINE_DNS_NAME  = "workflow-engine.${local.namespace}"
      ZONE_CIDRS                = local.zone_cidrs
    },
    var.discovery.service_connect ? {
      WORKFLOW_ENGINE_HOST = local.service_connect_aliases["workflow-engine"]
      WORKFLOW_ENGINE_PORT = tostring(local.ports.workflow_engine)
    } : {},
  )

  # An address from DNS has no zone, but each zone has its own subnet.
  zone_cidrs = join(",", [for subnet in aws_subnet.private : "${subnet.cidr_block}=${subnet.availability_zone}"])
}
