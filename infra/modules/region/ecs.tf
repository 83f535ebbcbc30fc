resource "aws_ecs_cluster" "this" {
  name = var.name

  # Its metrics cost money; the alarms use the free ones.
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
  # ECS starts no task from a deregistered revision, and a rollback needs the previous one. The destroy does nothing then, so
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
  # Non-blocking: a log driver that hangs must not stop the program.
  log_options = {
    awslogs-group   = aws_cloudwatch_log_group.this.name
    awslogs-region  = var.region
    max-buffer-size = "4m"
    mode            = "non-blocking"
  }

  # One commit has an image for each architecture that it was built for, so the tag names the architecture.
  image_tag = "${var.tasks.image_tag}-${lower(var.tasks.cpu_architecture)}"

  # The probe asks its own task on loopback, whose certificate has no such name. Mutual TLS asks the probe for a certificate as well.
  probe_tls_flags = {
    off    = ""
    tls    = " -tls -tls-no-verify"
    mutual = " -tls -tls-no-verify -tls-client-cert=env:TLS_CERT -tls-client-key=env:TLS_KEY"
  }[var.tasks.tls]

  containers = {
    for service, definition in local.services : service => {
      name      = service
      image     = "${aws_ecr_repository.this[service].repository_url}:${local.image_tag}"
      essential = true
      # The memory that the proxy leaves. Set here, too, because Node sizes its heap by the container's limit.
      memory = var.tasks.sizes[service].memory - (var.discovery.service_connect ? 64 : 0)
      user   = "1000"
      # ECS Exec writes into the container.
      readonlyRootFilesystem = !var.tasks.execute_command
      # Node as process 1 would not reap the processes of the health check.
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

      # Fails when the program does not answer. Exit code 4 is an answer: NOT_SERVING, as while it drains. The outage of a
      # dependency must not replace every task.
      healthCheck = {
        command     = ["CMD-SHELL", "bin/grpc_health_probe -addr=${definition.probe_address}${definition.protocol == "grpc" ? local.probe_tls_flags : ""} || [ $? -eq 4 ]"]
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
