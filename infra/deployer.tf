# The role of a build machine that runs deploy.sh. The build assumes it by OpenID Connect, so no long-lived key exists.
# The role may create the roles of tasks with any policy, so only the conditions on `subjects` limit it. Its own name does
# not match the pattern of the roles that it may change: it cannot extend its own rights.

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  regions    = compact([var.aws_region, var.secondary_region])

  # Roles and zones are not regional: a condition on the region would refuse them.
  deployer_statements = concat(
    [
      {
        Sid    = "WhatTheRegionsAreMadeOf"
        Effect = "Allow"
        Action = [
          "application-autoscaling:*", "cloudwatch:*", "ecs:*", "elasticache:*", "elasticloadbalancing:*", "events:*",
          "logs:*", "servicediscovery:*", "ssm:DescribeParameters", "ecr:GetAuthorizationToken",
          "ec2:Describe*", "ec2:GetManagedPrefixListEntries", "ec2:CreateTags", "ec2:DeleteTags",
          "ec2:*Address*", "ec2:*FlowLogs", "ec2:*InternetGateway", "ec2:*NatGateway", "ec2:*Route", "ec2:*RouteTable",
          "ec2:*SecurityGroup*", "ec2:*Subnet*", "ec2:*Vpc*",
          "wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "wafv2:GetWebACL", "wafv2:GetWebACLForResource",
        ]
        Resource  = ["*"]
        Condition = { StringEquals = { "aws:RequestedRegion" = local.regions } }
      },
      {
        Sid    = "WhatHasOurName"
        Effect = "Allow"
        Action = ["ecr:*", "s3:*", "ssm:*"]
        Resource = flatten([
          [for region in local.regions : "arn:${local.partition}:ecr:${region}:${local.account_id}:repository/${local.name}/*"],
          [for region in local.regions : "arn:${local.partition}:ssm:${region}:${local.account_id}:parameter/${local.name}/*"],
          [for region in local.regions : "arn:${local.partition}:s3:::${local.name}-${local.account_id}-${region}-logs"],
          [for region in local.regions : "arn:${local.partition}:s3:::${local.name}-${local.account_id}-${region}-logs/*"],
        ])
      },
      {
        # Cloud Map creates a hosted zone for the namespace, and the API has records in a zone.
        Sid    = "Zones"
        Effect = "Allow"
        Action = [
          "route53:AssociateVPCWithHostedZone", "route53:ChangeResourceRecordSets", "route53:CreateHostedZone",
          "route53:DeleteHostedZone", "route53:Get*", "route53:List*",
        ]
        Resource = ["*"]
      },
      {
        Sid    = "RolesOfTasks"
        Effect = "Allow"
        Action = [
          "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole",
          "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
        ]
        Resource = ["arn:${local.partition}:iam::${local.account_id}:role/${local.name}-*"]
      },
      {
        Sid       = "RolesForTasksOnly"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = ["arn:${local.partition}:iam::${local.account_id}:role/${local.name}-*"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid    = "RolesToRead"
        Effect = "Allow"
        Action = [
          "iam:GetOpenIDConnectProvider", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies",
        ]
        Resource = ["*"]
      },
      {
        Sid      = "RolesOfAwsItself"
        Effect   = "Allow"
        Action   = ["iam:CreateServiceLinkedRole"]
        Resource = ["arn:${local.partition}:iam::${local.account_id}:role/aws-service-role/*"]
        Condition = {
          StringEquals = {
            "iam:AWSServiceName" = [
              "ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticache.amazonaws.com",
              "elasticloadbalancing.amazonaws.com",
            ]
          }
        }
      },
    ],
    [for key in var.kms_key_arn[*] : {
      Sid      = "Key"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
      Resource = [key]
    }],
    [for bucket in compact([try(var.deployer.state_bucket, "")]) : {
      Sid      = "State"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
      Resource = ["arn:${local.partition}:s3:::${bucket}", "arn:${local.partition}:s3:::${bucket}/*"]
    }],
  )

  deployer_provider_arn = var.deployer == null ? null : (
    var.deployer.provider_arn == null ? one(aws_iam_openid_connect_provider.deployer[*].arn) : var.deployer.provider_arn
  )
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_iam_openid_connect_provider" "deployer" {
  count = try(var.deployer.provider_arn == null, false) ? 1 : 0

  client_id_list = ["sts.amazonaws.com"]
  url            = "https://${var.deployer.issuer}"
}

resource "aws_iam_role" "deployer" {
  count = var.deployer == null ? 0 : 1

  name = "deployer-of-${local.name}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.deployer_provider_arn }
      Condition = {
        StringEquals = { "${var.deployer.issuer}:aud" = "sts.amazonaws.com" }
        StringLike   = { "${var.deployer.issuer}:sub" = var.deployer.subjects }
      }
    }]
  })
}

resource "aws_iam_role_policy" "deployer" {
  count = var.deployer == null ? 0 : 1

  name   = "deploy"
  policy = jsonencode({ Version = "2012-10-17", Statement = local.deployer_statements })
  role   = aws_iam_role.deployer[0].id
}
