locals {
  # Fargate's sizes: CPU units and, for each, the memory in MiB that it can be paired with.
  fargate_memory = {
    256   = [512, 1024, 2048]
    512   = range(1024, 4097, 1024)
    1024  = range(2048, 8193, 1024)
    2048  = range(4096, 16385, 1024)
    4096  = range(8192, 30721, 1024)
    8192  = range(16384, 61441, 4096)
    16384 = range(32768, 122881, 8192)
  }

  requested_sizes = {
    api-gateway     = { cpu = 256, memory = 512 }
    workflow-agent  = { cpu = var.workflow_agent_cpu, memory = var.workflow_agent_memory }
    workflow-engine = { cpu = 256, memory = 512 }
  }

  # AWS's advice for the proxy that Service Connect puts beside each task.
  proxy_size = var.service_connect ? { cpu = 256, memory = 64 } : { cpu = 0, memory = 0 }

  # The smallest pair that is large enough for both, or the largest pair.
  cpus = {
    for service, size in local.requested_sizes : service => min(concat(
      [for cpu in keys(local.fargate_memory) : tonumber(cpu) if tonumber(cpu) >= size.cpu + local.proxy_size.cpu], [16384]
    )...)
  }

  sizes = {
    for service, size in local.requested_sizes : service => {
      cpu = local.cpus[service]
      memory = min(concat(
        [for memory in local.fargate_memory[local.cpus[service]] : memory if memory >= size.memory + local.proxy_size.memory],
        [max(local.fargate_memory[local.cpus[service]]...)]
      )...)
    }
  }
}
