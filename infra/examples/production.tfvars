# Survives the loss of a zone, without any traffic through another one. Secrets come from TF_VAR_….
environment = "production"

auth_mode       = "jwt"
domain_name     = "api.example.com"
hosted_zone_id  = "Z0123456789ABCDEFGHIJ"
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"

az_count    = 2
nat_gateway = "per_az"

desired_count         = 2
max_count             = 20
workflow_agent_cpu    = 1024
workflow_agent_memory = 2048

alarm_topic_arns   = ["arn:aws:sns:us-east-1:123456789012:agent-team-alarms"]
log_retention_days = 90
