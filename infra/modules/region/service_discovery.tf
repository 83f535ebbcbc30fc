locals {
  # Only the services that are called over gRPC have a name in Service Connect.
  service_connect_aliases = { for name in ["workflow-agent", "workflow-engine"] : name => "${name}-sc" }
}

resource "aws_service_discovery_private_dns_namespace" "this" {
  description = "Names of the tasks of ${var.name}"
  name        = local.namespace
  vpc         = aws_vpc.this.id
}

# Record types cannot change later, so both exist from the start: A for nslookup and plain clients, SRV for the port and for
# {task-id}.{service}.{namespace}, a name that no other task gets when the address is reused.
resource "aws_service_discovery_service" "this" {
  for_each = local.services

  # A destroy deletes instances that a crash left registered.
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

  # ECS reports the container's health here. Whether the API returns the threshold depends on its version, and a difference
  # would replace the service, which AWS refuses while tasks are registered.
  health_check_custom_config {
    failure_threshold = 1
  }

  lifecycle {
    ignore_changes = [health_check_custom_config]
  }
}
