locals {
  # Three widgets to a row: traffic, errors, latency, tasks, discovery, the cache, the channels of the programs.
  widget_width  = 8
  widget_height = 6

  graphs = [
    { title = "Requests", stat = "Sum", metrics = [
      ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", aws_lb.api.arn_suffix],
      ["AWS/NetworkELB", "NewFlowCount", "LoadBalancer", aws_lb.grpc.arn_suffix],
    ] },
    { title = "Errors", stat = "Sum", metrics = [
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", aws_lb.api.arn_suffix],
      ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", aws_lb.api.arn_suffix],
      ["AWS/NetworkELB", "TCP_Target_Reset_Count", "LoadBalancer", aws_lb.grpc.arn_suffix],
      [var.name, "FatalLines"],
    ] },
    { title = "Latency, p99", stat = "p99", metrics = [
      ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", aws_lb.api.arn_suffix],
    ] },
    { title = "Tasks", stat = "SampleCount", metrics = local.cpu_series },
    { title = "CPU", stat = "Average", metrics = local.cpu_series },
    { title = "Targets that are ready", stat = "Minimum", metrics = [
      ["AWS/ApplicationELB", "HealthyHostCount", "TargetGroup", aws_lb_target_group.api.arn_suffix, "LoadBalancer", aws_lb.api.arn_suffix],
      ["AWS/NetworkELB", "HealthyHostCount", "TargetGroup", aws_lb_target_group.grpc.arn_suffix, "LoadBalancer", aws_lb.grpc.arn_suffix],
    ] },
  ]

  cpu_series = [for name in keys(local.services) : ["AWS/ECS", "CPUUtilization", "ClusterName", var.name, "ServiceName", "${name}-service"]]

  # The metrics of the programs' channels: CloudWatch makes them from one log line of each task a minute.
  client_graphs = [
    for graph in [
      { title = "Endpoints: ready, known", stat = "Minimum", names = ["EndpointsReady", "EndpointsKnown"] },
      { title = "Discovery: failovers, failures", stat = "Sum", names = ["Failovers", "ResolutionFailures"] },
      { title = "Retries: made, refused", stat = "Sum", names = ["Retries", "RetriesRefused"] },
      { title = "Retry budget left", stat = "Minimum", names = ["RetryBudget"] },
      { title = "Calls that wait", stat = "Maximum", names = ["WaitingCalls"] },
      ] : {
      title = graph.title
      stat  = graph.stat
      metrics = concat([for name in graph.names : [
        for client in local.clients : [var.name, name, "service", client.service, "target", client.target]
      ]]...)
    } if var.watching.client_metrics
  ]
  clients = flatten([for service, definition in local.services : [
    for target in definition.calls : { service = service, target = target }
  ]])

  cache_graphs = [
    for title, metric in { "Cache: memory, %" = "DatabaseMemoryUsagePercentage", "Cache: connections" = "CurrConnections" } : {
      title                                   = title
      stat                                    = "Maximum"
      metrics                                 = [for node in local.cache_node_dimensions : ["AWS/ElastiCache", metric, "CacheClusterId", node.CacheClusterId]]
    } if var.cache.create
  ]

  all_graphs = concat(local.graphs, local.client_graphs, local.cache_graphs)
}

resource "aws_cloudwatch_dashboard" "this" {
  # Dashboards are global, like roles.
  dashboard_name = local.role_prefix

  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, graph in local.all_graphs : {
          type       = "metric"
          x          = index % 3 * local.widget_width
          y          = floor(index / 3) * local.widget_height
          width      = local.widget_width
          height     = local.widget_height
          properties = { title = graph.title, region = var.region, stat = graph.stat, period = 60, metrics = graph.metrics }
        }
      ],
      [{
        type   = "log"
        x      = 0
        y      = ceil(length(local.all_graphs) / 3) * local.widget_height
        width  = 3 * local.widget_width
        height = local.widget_height
        properties = {
          title  = "Warnings and errors"
          region = var.region
          query  = "SOURCE '${aws_cloudwatch_log_group.this.name}' | fields @timestamp, service, msg | filter level in ['warn', 'error', 'fatal'] | sort @timestamp desc | limit 50"
        }
      }],
    )
  })
}
