output "alb" {
  description = "Where the records of the API point."
  value       = { dns_name = aws_lb.api.dns_name, zone_id = aws_lb.api.zone_id }
}

output "api_gateway_target_group_arn" {
  description = "Target group of api-gateway."
  value       = aws_lb_target_group.api.arn
}

output "dashboard_name" {
  description = "The CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "ecr_registry" {
  description = "Host of the image repositories."
  value       = split("/", aws_ecr_repository.this["api-gateway"].repository_url)[0]
}

output "ecs_cluster_name" {
  description = "The cluster."
  value       = aws_ecs_cluster.this.name
}

output "ecs_service_names" {
  description = "The services in the cluster."
  value       = sort([for service in aws_ecs_service.this : service.name])
}

output "grpc_load_balancer_endpoint" {
  description = "host:port of the internal load balancer."
  value       = "${aws_lb.grpc.dns_name}:${aws_lb_listener.grpc.port}"
}

output "log_group_name" {
  description = "Logs of all tasks."
  value       = aws_cloudwatch_log_group.this.name
}

output "security_group_ids" {
  description = "All security groups."
  value       = sort([for group in aws_security_group.this : group.id])
}

output "service_discovery_namespace_id" {
  description = "The Cloud Map namespace."
  value       = aws_service_discovery_private_dns_namespace.this.id
}

output "service_discovery_namespace_name" {
  description = "The Cloud Map namespace's name."
  value       = aws_service_discovery_private_dns_namespace.this.name
}

output "workflow_agent_target_group_arn" {
  description = "Target group of workflow-agent."
  value       = aws_lb_target_group.grpc.arn
}
