# After a rollback the old tasks serve, and no alarm fires. So the topics of the alarms get ECS's event of it.

resource "aws_cloudwatch_event_rule" "deployment_failed" {
  count = length(local.alarm_topics) > 0 ? 1 : 0

  description = "A deployment of ${var.name} failed"
  name        = "${var.name}-deployment-failed"

  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change"]
    resources   = [{ prefix = "arn:${local.partition}:ecs:${var.region}:${local.account_id}:service/${var.name}/" }]
    detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
  })
}

resource "aws_cloudwatch_event_target" "deployment_failed" {
  count = length(local.alarm_topics)

  arn  = local.alarm_topics[count.index]
  rule = aws_cloudwatch_event_rule.deployment_failed[0].name
}
