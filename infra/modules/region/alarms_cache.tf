locals {
  # ElastiCache names its nodes {group}-001, {group}-002…
  cache_node_dimensions = {
    for number in range(1, var.cache.nodes + 1) : format("node%d", number) => { CacheClusterId = format("%s-%03d", var.name, number) }
  }

  # Any node may become the primary, so the alarm takes the worst value of all nodes.
  cache_figures = {
    cache-memory = {
      description = "The cache uses more than 80 % of its memory. It evicts nothing: when it is full, it refuses writes."
      metric      = "DatabaseMemoryUsagePercentage", stat = "Maximum", threshold = 80, minutes = 5
    }
    cache-evictions = {
      description = "The cache evicts keys, although its policy is noeviction."
      metric      = "Evictions", stat = "Sum", threshold = 0, minutes = 1
    }
    cache-lag = {
      description = "A replica is more than 5 s behind: a failover now would lose that much data."
      metric      = "ReplicationLag", stat = "Maximum", threshold = 5, minutes = 3
    }
  }

  cache_alarms = {
    for name, figure in local.cache_figures : name => {
      description = figure.description
      expression  = "MAX([${join(", ", keys(local.cache_node_dimensions))}])"
      operator    = "GreaterThanThreshold"
      threshold   = figure.threshold
      minutes     = figure.minutes
      missing     = "notBreaching"
      metrics = {
        for node, dimensions in local.cache_node_dimensions : node =>
        { namespace = "AWS/ElastiCache", name = figure.metric, stat = figure.stat, dimensions = dimensions }
      }
    } if var.cache.create && (name != "cache-lag" || var.cache.nodes > 1)
  }
}
