variable "alarm_topic_arns" {
  description = "SNS topics that get alarms and failed deployments. Each region uses those in it. A topic's policy must admit events.amazonaws.com."
  type        = list(string)
  default     = []

  validation {
    condition = alltrue([
      for arn in var.alarm_topic_arns :
      can(regex("^arn:aws[a-z-]*:sns:(${var.aws_region}|${coalesce(var.secondary_region, var.aws_region)}):[0-9]{12}:[A-Za-z0-9_-]+$", arn))
    ])
    error_message = "alarm_topic_arns must be ARNs of SNS topics in the regions of the deployment: an alarm cannot notify a topic of another region."
  }
}

variable "client_metrics" {
  description = "The gateway and the agent write a log line a minute, from which CloudWatch makes metrics: endpoints, failovers, retries and their budget."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}
