locals {
  # Only what is called over gRPC has a proxy's name; the gateway only calls.
  service_connect_aliases = { for name in ["workflow-agent", "workflow-engine"] : name => "${name}-sc" }
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  description = "Names of the tasks of ${var.name}"
  name        = local.namespace
  vpc         = aws_vpc.this.id
}

# Record types cannot change later, so both are there from the first day: A for nslookup and plain clients, SRV for the
# port and for {task-id}.{service}.{namespace}, a name that outlives the reuse of an address.
resource "aws_service_discovery_service" "this" {
  for_each = local.services

  # Instances that a crash left behind do not hinder a destroy.
  force_destroy = true
  name          = each.key

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this.id
    routing_policy = "MULTIVALUE"

    dns_records {
      ttl  = local.dns_ttl_seconds
      type = "A"
    }

    dns_records {
      ttl  = local.dns_ttl_seconds
      type = "SRV"
    }
  }

  # ECS reports the container's health here. The API gives the threshold back in one version and not in another, and a
  # change of it would replace the service, which cannot be done while tasks are registered.
  health_check_custom_config {
    failure_threshold = 1
  }

  lifecycle {
    ignore_changes = [health_check_custom_config]
  }
}
