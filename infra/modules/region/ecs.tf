resource "aws_ecs_cluster" "this" {
  name = var.name

  # Its figures are paid for; the alarms use those that are free.
  setting {
    name  = "containerInsights"
    value = var.protection.container_insights
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  cluster_name       = aws_ecs_cluster.this.name
}

resource "aws_ecs_task_definition" "this" {
  for_each = local.services

  container_definitions    = jsonencode([local.containers[each.key]])
  cpu                      = var.tasks.sizes[each.key].cpu
  execution_role_arn       = aws_iam_role.execution.arn
  family                   = "${var.name}-${each.key}"
  memory                   = var.tasks.sizes[each.key].memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  # ECS starts no task from a deregistered revision, and a rollback needs the previous one. As the destroy then does nothing,
  # its order does not matter. create_before_destroy would also apply to everything that the definition refers to, and a
  # second load balancer cannot have the same name.
  skip_destroy  = true
  task_role_arn = contains(local.services_with_role, each.key) ? aws_iam_role.task[each.key].arn : null

  runtime_platform {
    cpu_architecture        = var.tasks.cpu_architecture
    operating_system_family = "LINUX"
  }
}

locals {
  # Non-blocking: a log driver that is stuck must not stop the program.
  log_options = {
    awslogs-group   = aws_cloudwatch_log_group.this.name
    awslogs-region  = var.region
    max-buffer-size = "4m"
    mode            = "non-blocking"
  }

  # One commit has an image for each architecture that it was built for, so the tag names the architecture.
  image_tag = "${var.tasks.image_tag}-${lower(var.tasks.cpu_architecture)}"

  containers = {
    for service, definition in local.services : service => {
      name      = service
      image     = "${aws_ecr_repository.this[service].repository_url}:${local.image_tag}"
      essential = true
      # What the proxy leaves. Said here too, because Node sizes its heap by the container's limit and not by the task's.
      memory = var.tasks.sizes[service].memory - (var.discovery.service_connect ? 64 : 0)
      user   = "1000"
      # ECS Exec writes into the container.
      readonlyRootFilesystem = !var.tasks.execute_command
      # Node as process 1 would not reap what the health check leaves behind.
      linuxParameters = { initProcessEnabled = true }
      stopTimeout     = local.stop_timeout_seconds
      # Secrets are read when a task starts: a new version must be a new revision.
      dockerLabels = { "secrets-version" = "${var.secrets.version}.${var.secrets.identity_version}" }

      portMappings = [
        merge(
          { name = definition.protocol, containerPort = definition.port, hostPort = definition.port, protocol = "tcp" },
          definition.protocol == "grpc" ? { appProtocol = "grpc" } : {},
        ),
        { name = "health", containerPort = local.ports.health, hostPort = local.ports.health, protocol = "tcp" },
      ]

      environment = [for name, value in local.environments[service] : { name = name, value = value }]
      secrets     = [for name, arn in local.service_secrets[service] : { name = name, valueFrom = arn }]

      # "Does it answer at all?" Exit code 4 is an answer: not serving, as while it drains. A dependency that is away
      # must not get every task replaced.
      healthCheck = {
        command     = ["CMD-SHELL", "bin/grpc_health_probe -addr=${definition.probe_address} || [ $? -eq 4 ]"]
        interval    = 10
        retries     = 3
        startPeriod = 20
        timeout     = 5
      }

      logConfiguration = {
        logDriver = "awslogs"
        options   = merge(local.log_options, { awslogs-stream-prefix = service })
      }
    }
  }
}
