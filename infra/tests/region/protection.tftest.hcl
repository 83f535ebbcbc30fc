# Protection and audit: deletion protection, the web ACL, and the logs that AWS writes.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "everything_is_off_by_default" {
  command = plan

  module {
    source = "./modules/region"
  }

  assert {
    condition     = length(aws_s3_bucket.logs) == 0 && length(aws_flow_log.this) == 0 && length(aws_wafv2_web_acl_association.api) == 0 && length(aws_lb.api.access_logs) == 0
    error_message = "It costs money, and no variable asked for it."
  }

  assert {
    condition     = !aws_lb.api.enable_deletion_protection && !aws_lb.grpc.enable_deletion_protection
    error_message = "deploy.sh destroy would fail."
  }
}

run "everything_can_be_turned_on" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    protection = {
      access_logs         = true
      container_insights  = "enhanced"
      deletion_protection = true
      flow_logs           = true
      web_acl_arn         = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/mock/mock"
    }
  }

  assert {
    condition     = aws_lb.api.enable_deletion_protection && aws_lb.grpc.enable_deletion_protection && !aws_s3_bucket.logs[0].force_destroy
    error_message = "A balancer or the log bucket can be deleted."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.api[0].web_acl_arn == "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/mock/mock" && aws_wafv2_web_acl_association.api[0].resource_arn == aws_lb.api.arn
    error_message = "Requests do not pass the web ACL."
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).value == "enhanced"
    error_message = "CloudWatch has no figures of the cluster."
  }

  # The bucket's policy admits the writers, under the prefixes that they use.
  assert {
    condition     = aws_lb.api.access_logs[0].bucket == "agent-team-production-123456789012-us-east-1-logs" && aws_lb.api.access_logs[0].bucket == aws_s3_bucket.logs[0].bucket
    error_message = "The balancer writes into another bucket."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : statement.Resource if try(statement.Principal.Service, "") == "logdelivery.elasticloadbalancing.amazonaws.com"]) == "arn:aws:s3:::${aws_lb.api.access_logs[0].bucket}/${aws_lb.api.access_logs[0].prefix}/AWSLogs/123456789012/*"
    error_message = "The balancer may not write where it writes."
  }

  assert {
    condition     = contains([for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : statement.Resource if try(statement.Principal.Service, "") == "delivery.logs.amazonaws.com"], "${aws_flow_log.this[0].log_destination}/AWSLogs/123456789012/*")
    error_message = "The flow log may not write where it writes."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : statement.Condition.StringEquals["aws:SourceAccount"] == "123456789012" if try(statement.Principal.Service, "") == "delivery.logs.amazonaws.com"])
    error_message = "Another account's flow logs may be written here."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.logs[0].block_public_policy && aws_s3_bucket_public_access_block.logs[0].restrict_public_buckets
    error_message = "A bucket policy could make it public."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.logs[0].rule[0].expiration[0].days == 30
    error_message = "Its logs are not kept for log_retention_days."
  }

  assert {
    condition     = aws_flow_log.this[0].traffic_type == "ALL" && aws_flow_log.this[0].log_destination_type == "s3"
    error_message = "A part of the traffic is not logged."
  }
}

run "flow_logs_alone_have_their_bucket" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    protection = merge(var.protection, { flow_logs = true })
  }

  assert {
    condition     = length(aws_s3_bucket.logs) == 1 && length(aws_lb.api.access_logs) == 0 && aws_s3_bucket.logs[0].force_destroy
    error_message = "There is no bucket, or a destroy cannot remove it."
  }
}
