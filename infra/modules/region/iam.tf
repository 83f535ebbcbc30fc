# Policies are jsonencode and not data sources: tests read them, and a mocked data source is not JSON.

locals {
  # The condition on the account prevents that a cluster of another account uses the role through ECS.
  task_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })

  # The actions of ECS before a task runs.
  execution_statements = concat(
    [
      { Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = sort([for repository in aws_ecr_repository.this : repository.arn])
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
      },
      { Effect = "Allow", Action = ["ssm:GetParameters"], Resource = sort(local.read_secret_arns) },
    ],
    [for key in var.kms_key_arn[*] : { Effect = "Allow", Action = ["kms:Decrypt"], Resource = [key] }],
  )

  # The AWS actions of the programs. A service that is not in this map has no task role.
  discovery_statement = {
    Effect    = "Allow"
    Action    = ["servicediscovery:DiscoverInstances", "servicediscovery:DiscoverInstancesRevision"]
    Resource  = ["*"]
    Condition = { StringEquals = { "servicediscovery:NamespaceName" = local.namespace } }
  }
  execute_command_statement = {
    Effect = "Allow"
    Action = [
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    Resource = ["*"]
  }
  task_statements = {
    for service in keys(local.services) : service => concat(
      contains(["api-gateway", "workflow-agent"], service) ? [local.discovery_statement] : [],
      var.tasks.execute_command ? [local.execute_command_statement] : [],
    )
  }
  services_with_role = toset([for service, statements in local.task_statements : service if length(statements) > 0])
}

resource "aws_iam_role" "execution" {
  assume_role_policy = local.task_trust
  name               = "${local.role_prefix}-execution"
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  policy = jsonencode({ Version = "2012-10-17", Statement = local.execution_statements })
  role   = aws_iam_role.execution.id
}

resource "aws_iam_role" "task" {
  for_each = local.services_with_role

  assume_role_policy = local.task_trust
  name               = "${local.role_prefix}-${each.key}"
}

resource "aws_iam_role_policy" "task" {
  for_each = local.services_with_role

  name   = "task"
  policy = jsonencode({ Version = "2012-10-17", Statement = local.task_statements[each.key] })
  role   = aws_iam_role.task[each.key].id
}
