# Strings only: the commands of the docs use `terraform output -raw`, which prints strings only. Several values are joined
# by spaces, as the AWS CLI takes them.

output "api_gateway_target_group_arn" {
  description = "Target group of the public load balancer."
  value       = module.region.api_gateway_target_group_arn
}

output "api_url" {
  description = "URL of the API: with domain_name, or the load balancer's own name."
  value       = "${var.certificate_arn == null ? "http" : "https"}://${coalesce(var.domain_name, module.region.alb.dns_name)}"
}

output "aws_region" {
  description = "Region of the resources in the other outputs."
  value       = var.aws_region
}

output "dashboard_name" {
  description = "The dashboard in CloudWatch."
  value       = module.region.dashboard_name
}

output "deletion_protection" {
  description = "Whether AWS refuses to delete the load balancers: true or false."
  value       = tostring(var.deletion_protection)
}

output "deployer_role_arn" {
  description = "ARN of the role that a build machine assumes; empty without `deployer`."
  value       = join("", aws_iam_role.deployer[*].arn)
}

output "ecr_registry" {
  description = "Host of the image repositories, for docker login."
  value       = module.region.ecr_registry
}

output "ecs_cluster_name" {
  description = "The ECS cluster."
  value       = module.region.ecs_cluster_name
}

output "ecs_service_names" {
  description = "The ECS services, joined by spaces."
  value       = join(" ", module.region.ecs_service_names)
}

output "grpc_load_balancer_endpoint" {
  description = "host:port of workflow-agent's internal load balancer; reachable in the VPC."
  value       = module.region.grpc_load_balancer_endpoint
}

output "image_tag" {
  description = "Tag of the images of the last apply. After a rollback the previous images run."
  value       = var.image_tag
}

output "log_group_name" {
  description = "Log group of all tasks."
  value       = module.region.log_group_name
}

output "name" {
  description = "{project_name}-{environment}, the beginning of every name."
  value       = local.name
}

output "regions" {
  description = "The regions, the first one first, joined by spaces."
  value       = join(" ", compact([var.aws_region, var.secondary_region]))
}

output "security_group_ids" {
  description = "All security groups, joined by spaces."
  value       = join(" ", module.region.security_group_ids)
}

output "service_discovery_namespace_id" {
  description = "The Cloud Map namespace."
  value       = module.region.service_discovery_namespace_id
}

output "service_discovery_namespace_name" {
  description = "The Cloud Map namespace's name, the end of every private name."
  value       = module.region.service_discovery_namespace_name
}

output "workflow_agent_target_group_arn" {
  description = "Target group of the internal load balancer."
  value       = module.region.workflow_agent_target_group_arn
}
