# The least that is the whole system: for trying out. Secrets come from TF_VAR_…, or stay away as here.
environment = "trial"

# Everybody who reaches it may use it, so only you do: put your own address here (curl https://checkip.amazonaws.com).
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
