# One region as in production: the values of all tests in this folder.

kms_key_arn      = null
name             = "agent-team-production"
redis_auth_token = null
region           = "us-east-1"

secret_values = {
  anthropic_api_key    = "test-anthropic"
  identity_secret      = null
  openai_api_key       = "test-openai"
  supabase_secret_key  = "test-secret"
  supabase_service_key = "test-service"
  supabase_url         = "https://project.supabase.co"
}

cache = {
  create    = true
  engine    = "redis"
  node_type = "cache.t4g.micro"
  nodes     = 2
  own_cidrs = null
}

discovery = {
  order           = ["cloudmap", "dns", "lb"]
  service_connect = false
}

network = {
  alb_ingress_cidrs           = null
  alb_ingress_prefix_list_ids = []
  alb_internal                = false
  az_count                    = 2
  certificate_arn             = null
  domain_name                 = null
  engine_egress_ports         = null
  nat_gateway                 = "single"
  nlb_client_cidrs            = null
  vpc_cidr                    = "10.0.0.0/16"
  vpc_endpoints               = false
}

protection = {
  access_logs         = false
  container_insights  = "disabled"
  deletion_protection = false
  flow_logs           = false
  web_acl_arn         = null
}

secrets = {
  identity_version = 1
  managed          = true
  names            = ["anthropic_api_key", "openai_api_key", "supabase_secret_key", "supabase_service_key", "supabase_url"]
  version          = 1
}

settings = {
  auth_mode           = "jwt"
  cors_origins        = []
  debug               = false
  environment         = "production"
  llm_provider        = "auto"
  log_level           = "info"
  messages_per_minute = 30
  requests_per_minute = 600
  streams_per_subject = 10
  trusted_hops        = 1
}

tasks = {
  autoscaling         = true
  capacity            = "on_demand"
  cpu_architecture    = "X86_64"
  deployment_strategy = "rolling"
  desired_count       = 2
  execute_command     = false
  image_tag           = "0123456789ab"
  max_count           = 8
  sizes = {
    api-gateway     = { cpu = 256, memory = 512 }
    workflow-agent  = { cpu = 512, memory = 1024 }
    workflow-engine = { cpu = 256, memory = 512 }
  }
  tls = "off"
}

watching = {
  alarm_topic_arns   = []
  client_metrics     = true
  log_retention_days = 30
}
