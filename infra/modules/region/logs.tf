resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name}"
  retention_in_days = var.watching.log_retention_days
}

# A program logs a line of level fatal before it ends with an error.
resource "aws_cloudwatch_log_metric_filter" "fatal" {
  log_group_name = aws_cloudwatch_log_group.this.name
  name           = "fatal"
  pattern        = "{ $.level = \"fatal\" }"

  metric_transformation {
    default_value = 0
    name          = "FatalLines"
    namespace     = var.name
    value         = "1"
  }
}
