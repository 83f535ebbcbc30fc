locals {
  name = "${var.project_name}-${var.environment}"

  tags = {
    Project     = var.project_name
    Environment = var.environment
    ManagedBy   = "terraform"
  }

  primary_network = {
    alb_ingress_prefix_list_ids = var.alb_ingress_prefix_list_ids
    certificate_arn             = var.certificate_arn
    vpc_cidr                    = var.vpc_cidr
  }

  secondary_network = {
    alb_ingress_prefix_list_ids = var.secondary_alb_ingress_prefix_list_ids
    certificate_arn             = var.secondary_certificate_arn
    vpc_cidr                    = var.secondary_vpc_cidr
  }

  # The input of every region; main.tf adds the values of a single region.
  network = {
    alb_ingress_cidrs   = var.alb_ingress_cidrs
    alb_internal        = var.alb_internal
    az_count            = var.az_count
    domain_name         = var.domain_name
    engine_egress_ports = var.engine_egress_ports
    nat_gateway         = var.nat_gateway
    nlb_client_cidrs    = var.nlb_client_cidrs
    vpc_endpoints       = var.vpc_endpoints
  }

  tasks = {
    autoscaling         = var.enable_autoscaling
    capacity            = var.capacity
    cpu_architecture    = var.cpu_architecture
    deployment_strategy = var.deployment_strategy
    desired_count       = var.desired_count
    execute_command     = var.enable_execute_command
    image_tag           = var.image_tag
    max_count           = var.max_count
    sizes               = local.sizes
    tls                 = var.task_tls
  }

  discovery = {
    order           = var.discovery_order
    service_connect = var.service_connect
  }

  settings = {
    auth_mode           = var.auth_mode
    cors_origins        = var.cors_origins
    debug               = var.debug
    environment         = var.environment
    llm_provider        = var.llm_provider
    log_level           = var.log_level
    messages_per_minute = var.messages_per_minute
    requests_per_minute = var.requests_per_minute
    streams_per_subject = var.streams_per_subject
    trusted_hops        = var.trusted_hops
  }

  cache = {
    create    = var.create_redis
    engine    = var.cache_engine
    node_type = var.cache_node_type
    nodes     = var.cache_nodes
    own_cidrs = var.redis_cidrs
  }

  secrets = {
    identity_version = var.identity_secret_version
    managed          = var.manage_secrets
    names            = var.secrets
    version          = var.secrets_version
  }

  protection = {
    access_logs         = var.access_logs
    container_insights  = var.container_insights
    deletion_protection = var.deletion_protection
    flow_logs           = var.flow_logs
  }

  watching = {
    alarm_topic_arns   = var.alarm_topic_arns
    client_metrics     = var.client_metrics
    log_retention_days = var.log_retention_days
  }

  # The values: ephemeral, so neither the plan nor the state holds them.
  secret_values = {
    anthropic_api_key    = var.anthropic_api_key
    api_keys             = var.api_keys
    identity_secret      = var.identity_secret
    openai_api_key       = var.openai_api_key
    redis_url            = var.redis_url
    supabase_jwt_secret  = var.supabase_jwt_secret
    supabase_secret_key  = var.supabase_secret_key
    supabase_service_key = var.supabase_service_key
    supabase_url         = var.supabase_url
    workflow_secrets     = var.workflow_secrets
  }

  # The secrets that Terraform writes, and the values that it refuses: none, or the example's.
  written_secrets = var.manage_secrets ? var.secrets : []
  no_value        = "^\\s*$|your-"
}
