# Task definitions and services.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "by_default" {
  command = plan

  module {
    source = "./modules/region"
  }

  # Every container is non-root and read-only.
  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : alltrue([for container in jsondecode(definition.container_definitions) : container.user == "1000" && container.readonlyRootFilesystem && container.linuxParameters.initProcessEnabled])])
    error_message = "A container may write to its root, or runs as root, or without an init process."
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : endswith(jsondecode(definition.container_definitions)[0].image, ":0123456789ab-x86_64")])
    error_message = "An image is not of the tag that was asked for, or does not say its architecture."
  }

  # A rollback needs the revision that ran before.
  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : definition.skip_destroy])
    error_message = "The revision that runs is deregistered before the next one is there."
  }

  assert {
    condition     = toset(keys(aws_iam_role.task)) == toset(["api-gateway", "workflow-agent"])
    error_message = "The engine asks nothing of AWS and needs no role, the others need one."
  }

  # The gateway has every strategy for the agent.
  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).WORKFLOW_SERVICE_DNS_NAME == "workflow-agent.agent-team-production.local"
    error_message = "The DNS name is wrong."
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).WORKFLOW_SERVICE_LB_ENDPOINT == "mock-0123456789abcdef.elb.us-east-1.amazonaws.com:50051"
    error_message = "The load balancer is wrong."
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).WORKFLOW_SERVICE_CLOUD_MAP == "agent-team-production.local/workflow-agent"
    error_message = "The Cloud Map service is wrong."
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).WORKFLOW_SERVICE_DISCOVERY == "cloudmap,dns,lb"
    error_message = "The order is wrong."
  }

  assert {
    condition     = !contains(keys({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }), "WORKFLOW_SERVICE_HOST")
    error_message = "Without Service Connect there is no address to give."
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).ZONE_CIDRS == "10.0.10.0/24=us-east-1a,10.0.11.0/24=us-east-1b"
    error_message = "Addresses get no zone."
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).MAX_CONNECTIONS_PER_ADDRESS == "4096" && !strcontains(aws_ecs_task_definition.this["api-gateway"].container_definitions, "ALLOWED_HOSTS")
    error_message = "The limit per address is below the total, or host names are set although keys are needed."
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).TRUSTED_HOPS == "1" && aws_lb.api.xff_header_processing_mode == "append"
    error_message = "The gateway does not count callers by the address that the load balancer appends."
  }

  # Both callers of the engine have its DNS name.
  assert {
    condition     = alltrue([for service in ["api-gateway", "workflow-agent"] : { for entry in jsondecode(aws_ecs_task_definition.this[service].container_definitions)[0].environment : entry.name => entry.value }.WORKFLOW_ENGINE_DNS_NAME == "workflow-engine.agent-team-production.local"])
    error_message = "The DNS name is wrong."
  }

  assert {
    condition     = length([for name in keys({ for entry in jsondecode(aws_ecs_task_definition.this["workflow-engine"].container_definitions)[0].environment : entry.name => entry.value }) : name if startswith(name, "WORKFLOW_")]) == 0
    error_message = "The engine has variables of a client, and is no client."
  }

  # A program stops before ECS kills it.
  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : tonumber({ for entry in jsondecode(definition.container_definitions)[0].environment : entry.name => entry.value }.STOP_TIMEOUT_MS) == 1000 * jsondecode(definition.container_definitions)[0].stopTimeout])
    error_message = "STOP_TIMEOUT_MS is not stopTimeout."
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : jsondecode(definition.container_definitions)[0].stopTimeout <= 120])
    error_message = "Fargate waits two minutes at most."
  }

  assert {
    condition     = tonumber(({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).LAME_DUCK_MS) == 1000 * (2 + one(distinct(flatten([for service in aws_service_discovery_service.this : service.dns_config[0].dns_records[*].ttl]))) + 1)
    error_message = "GOAWAY is not sent 2 s (until DNS shows a change) + the TTL + 1 s after SIGTERM."
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : tonumber({ for entry in jsondecode(definition.container_definitions)[0].environment : entry.name => entry.value }.LAME_DUCK_MS) < 1000 * (jsondecode(definition.container_definitions)[0].stopTimeout - 5)])
    error_message = "GOAWAY is sent when the calls already end, 5 s before SIGKILL."
  }

  # The health check asks the program only.
  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : startswith(jsondecode(definition.container_definitions)[0].healthCheck.command[1], "bin/grpc_health_probe -addr=127.0.0.1:") || definition.family == "agent-team-production-api-gateway"])
    error_message = "The check is not our probe."
  }

  assert {
    condition     = strcontains(jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].healthCheck.command[1], "-addr=http://127.0.0.1:8080/livez")
    error_message = "The gateway has no gRPC server: its health check must ask /livez, which depends on nothing else."
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : endswith(jsondecode(definition.container_definitions)[0].healthCheck.command[1], "|| [ $? -eq 4 ]")])
    error_message = "A program that drains is not serving, and must not be killed for it."
  }

  # A failed deployment is rolled back.
  assert {
    condition     = alltrue([for service in aws_ecs_service.this : service.deployment_circuit_breaker[0].enable && service.deployment_circuit_breaker[0].rollback])
    error_message = "There is no circuit breaker with rollback."
  }

  # A deployment that causes errors is rolled back.
  assert {
    condition     = alltrue([for service in aws_ecs_service.this : service.alarms[0].enable && service.alarms[0].rollback && service.alarms[0].alarm_names == toset(["agent-team-production-api-errors", "agent-team-production-balancer-errors", "agent-team-production-fatal-lines"])])
    error_message = "ECS does not roll back on alarms."
  }

  assert {
    condition     = alltrue([for service in aws_ecs_service.this : service.deployment_minimum_healthy_percent == 100 && service.deployment_maximum_percent == 200])
    error_message = "A deployment stops tasks before new ones run."
  }

  assert {
    condition     = aws_ecs_service.this["workflow-agent"].health_check_grace_period_seconds == 60 && aws_ecs_service.this["workflow-engine"].health_check_grace_period_seconds == null
    error_message = "The grace period belongs to services behind a load balancer, and only to those."
  }

  # Tasks have no public address.
  assert {
    condition     = alltrue([for service in aws_ecs_service.this : service.network_configuration[0].assign_public_ip == false])
    error_message = "A task is reachable from outside."
  }

  # Both records carry the contract port.
  assert {
    condition     = alltrue([for service in aws_service_discovery_service.this : toset(service.dns_config[0].dns_records[*].type) == toset(["A", "SRV"]) && service.dns_config[0].routing_policy == "MULTIVALUE"])
    error_message = "A record type cannot be added later."
  }

  assert {
    condition     = aws_ecs_service.this["workflow-engine"].service_registries[0].container_port == 50050
    error_message = "The engine is registered with another port."
  }

  assert {
    condition     = aws_ecs_service.this["workflow-agent"].service_registries[0].container_port == 50051
    error_message = "The agent is registered with another port."
  }

  # Logs have the names that the commands use.
  assert {
    condition     = alltrue([for name, definition in aws_ecs_task_definition.this : jsondecode(definition.container_definitions)[0].logConfiguration.options["awslogs-group"] == "/ecs/agent-team-production" && jsondecode(definition.container_definitions)[0].logConfiguration.options["awslogs-stream-prefix"] == name])
    error_message = "The group or the stream has another name."
  }

  assert {
    condition     = alltrue([for name, service in aws_ecs_service.this : service.name == "${name}-service" && aws_ecs_task_definition.this[name].family == "agent-team-production-${name}"])
    error_message = "A service or its task definition has another name."
  }

  assert {
    condition     = toset([for service in aws_service_discovery_service.this : service.name]) == toset(["api-gateway", "workflow-agent", "workflow-engine"]) && aws_service_discovery_private_dns_namespace.this.name == "agent-team-production.local"
    error_message = "A service is registered under another name."
  }

  assert {
    condition     = alltrue(flatten([for service in aws_service_discovery_service.this : [for record in service.dns_config[0].dns_records : record.ttl == 10]]))
    error_message = "Clients keep an answer for longer than was promised."
  }
}

run "another_architecture_is_another_image" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    tasks = merge(var.tasks, { cpu_architecture = "ARM64" })
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : endswith(jsondecode(definition.container_definitions)[0].image, ":0123456789ab-arm64") && definition.runtime_platform[0].cpu_architecture == "ARM64"])
    error_message = "The image of the other architecture would run, and no task could start."
  }
}

run "without_keys_the_gateway_gets_its_host_names" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    network  = merge(var.network, { domain_name = "api.example.com" })
    settings = merge(var.settings, { auth_mode = "none", environment = "trial" })
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).ALLOWED_HOSTS == "mock-0123456789abcdef.elb.us-east-1.amazonaws.com,api.example.com"
    error_message = "The gateway would refuse all callers, or accept any host name."
  }
}

run "exec_makes_the_root_writable_and_gives_every_task_a_role" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    tasks = merge(var.tasks, { execute_command = true })
  }

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.this : !jsondecode(definition.container_definitions)[0].readonlyRootFilesystem])
    error_message = "ECS Exec cannot work."
  }

  assert {
    condition     = length(aws_iam_role.task) == 3 && strcontains(aws_iam_role_policy.task["workflow-engine"].policy, "ssmmessages:OpenDataChannel")
    error_message = "A task cannot open the channel."
  }
}

run "spot_keeps_one_task_on_demand" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    tasks = merge(var.tasks, { capacity = "spot" })
  }

  assert {
    condition     = { for strategy in aws_ecs_service.this["workflow-agent"].capacity_provider_strategy : strategy.capacity_provider => strategy.base }.FARGATE == 1
    error_message = "All tasks may be taken away."
  }
}

run "service_connect_never_cuts_a_stream" {
  command = plan

  module {
    source = "./modules/region"
  }

  variables {
    discovery = merge(var.discovery, { service_connect = true })
  }

  assert {
    condition     = alltrue([for name in ["workflow-agent", "workflow-engine"] : aws_ecs_service.this[name].service_connect_configuration[0].service[0].timeout[0].per_request_timeout_seconds == 0])
    error_message = "A stream would be cut after 15 s."
  }

  assert {
    condition     = alltrue([for name in ["workflow-agent", "workflow-engine"] : aws_ecs_service.this[name].service_connect_configuration[0].service[0].timeout[0].idle_timeout_seconds == 3600])
    error_message = "Left out, it is sent as 0, which means no idle timeout."
  }

  assert {
    condition     = alltrue([for name, service in aws_ecs_service.this : service.service_connect_configuration[0].log_configuration[0].options["awslogs-group"] == "/ecs/agent-team-production" && service.service_connect_configuration[0].log_configuration[0].options["awslogs-stream-prefix"] == "${name}-proxy"])
    error_message = "The proxies' logs are lost, or in the streams of the programs."
  }

  assert {
    condition     = aws_ecs_service.this["workflow-agent"].service_connect_configuration[0].service[0].discovery_name == "workflow-agent-sc"
    error_message = "The plain name is taken by the DNS records."
  }

  assert {
    condition     = ({ for entry in jsondecode(aws_ecs_task_definition.this["api-gateway"].container_definitions)[0].environment : entry.name => entry.value }).WORKFLOW_SERVICE_HOST == aws_ecs_service.this["workflow-agent"].service_connect_configuration[0].service[0].client_alias[0].dns_name
    error_message = "The gateway has another name than the proxy."
  }

  assert {
    condition     = length(aws_ecs_service.this["api-gateway"].service_connect_configuration[0].service) == 0
    error_message = "The gateway has a name in Service Connect, and no caller there."
  }
}
