# The least that is the whole system: for trying out. Secrets come from TF_VAR_…, or stay away as here.
environment = "trial"

auth_mode    = "none"
llm_provider = "embedded"
secrets      = []

desired_count = 1
max_count     = 2

capacity           = "spot"
cpu_architecture   = "ARM64"
cache_nodes        = 1
log_retention_days = 7
