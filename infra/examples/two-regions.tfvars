# The system in two regions. Users go to the nearest healthy one. Secrets come from TF_VAR_….
aws_region       = "us-east-1"
secondary_region = "eu-west-1"

domain_name               = "api.example.com"
hosted_zone_id            = "Z0123456789ABCDEFGHIJ"
certificate_arn           = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
secondary_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"

vpc_cidr           = "10.0.0.0/16"
secondary_vpc_cidr = "10.1.0.0/16"

discovery_order = ["cloudmap", "dns", "lb"]

# One topic in each region.
alarm_topic_arns = [
  "arn:aws:sns:us-east-1:123456789012:agent-team-alarms",
  "arn:aws:sns:eu-west-1:123456789012:agent-team-alarms",
]

# Protection and audit. Before ./deploy.sh destroy: deletion_protection = false, and a deployment.
access_logs         = true
container_insights  = "enabled"
deletion_protection = true
flow_logs           = true
