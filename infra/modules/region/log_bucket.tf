# A bucket for the logs that AWS writes: access logs of the API's load balancer and flow logs of the VPC.

locals {
  has_log_bucket = var.protection.access_logs || var.protection.flow_logs
  # Bucket names are global, so the name contains the account.
  log_bucket     = "${var.name}-${local.account_id}-${var.region}-logs"
  log_bucket_arn = "arn:${local.partition}:s3:::${local.log_bucket}"

  log_bucket_statements = [
    {
      Sid       = "AccessLogs"
      Effect    = "Allow"
      Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.log_bucket_arn}/alb/AWSLogs/${local.account_id}/*"
    },
    {
      Sid       = "FlowLogs"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.log_bucket_arn}/vpc/AWSLogs/${local.account_id}/*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id, "s3:x-amz-acl" = "bucket-owner-full-control" }
      }
    },
    {
      Sid       = "FlowLogsAcl"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = local.log_bucket_arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    },
    {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.log_bucket_arn, "${local.log_bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    },
  ]
}

# S3 encrypts it by default with its own keys (SSE-S3), the only ones that load balancers support.
resource "aws_s3_bucket" "logs" {
  count = local.has_log_bucket ? 1 : 0

  bucket = local.log_bucket
  # With deletion_protection, Terraform does not empty the bucket to delete it.
  force_destroy = !var.protection.deletion_protection
}

resource "aws_s3_bucket_public_access_block" "logs" {
  count = local.has_log_bucket ? 1 : 0

  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.logs[0].id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "logs" {
  count = local.has_log_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.log_bucket_statements })
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  count = local.has_log_bucket ? 1 : 0

  bucket = aws_s3_bucket.logs[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    expiration {
      days = var.watching.log_retention_days
    }

    filter {}
  }
}

resource "aws_flow_log" "this" {
  count = var.protection.flow_logs ? 1 : 0

  log_destination      = "${local.log_bucket_arn}/vpc"
  log_destination_type = "s3"
  traffic_type         = "ALL"
  vpc_id               = aws_vpc.this.id

  tags = { Name = var.name }

  depends_on = [aws_s3_bucket_policy.logs]
}
