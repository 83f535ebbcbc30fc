# The smallest size of the whole system, to try it. It needs no secrets; set them by TF_VAR_….
environment = "trial"

# Without keys, the load balancer admits only these addresses. Replace with your own: curl https://checkip.amazonaws.com
auth_mode         = "none"
alb_ingress_cidrs = ["203.0.113.7/32"]

llm_provider = "embedded"
secrets      = []

desired_count = 1
max_count     = 2

capacity           = "spot"
cpu_architecture   = "ARM64"
cache_nodes        = 1
log_retention_days = 7

discovery_order = ["cloudmap", "dns", "lb"]
