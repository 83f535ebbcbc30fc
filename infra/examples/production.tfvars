# Survives the loss of a zone. Tasks call each other directly and prefer endpoints in their own zone. Traffic between zones
# remains: to the cache's primary node, and calls while one zone's tasks are busier. Secrets come from TF_VAR_….
environment = "production"

auth_mode       = "jwt"
domain_name     = "api.example.com"
hosted_zone_id  = "Z0123456789ABCDEFGHIJ"
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"

az_count    = 2
nat_gateway = "per_az"

discovery_order = ["cloudmap", "dns", "lb"]

desired_count         = 2
max_count             = 20
workflow_agent_cpu    = 1024
workflow_agent_memory = 2048

alarm_topic_arns   = ["arn:aws:sns:us-east-1:123456789012:agent-team-alarms"]
log_retention_days = 90

# Protection and audit. Before ./deploy.sh destroy: deletion_protection = false, and a deployment.
access_logs         = true
container_insights  = "enabled"
deletion_protection = true
flow_logs           = true
# web_acl_arn       = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/agent-team/00000000-0000-0000-0000-000000000000"
