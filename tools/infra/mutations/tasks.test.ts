// Variables, images, ports, health checks and task definitions.
import { expect, test } from "vitest";
import { checkEnvironment, checkStopTimes } from "../checks/environment.ts";
import { checkImages } from "../checks/images.ts";
import { checkPorts } from "../checks/ports.ts";
import { checkFlows } from "../checks/security-groups.ts";
import { checkHealthChecks, checkServices } from "../checks/services.ts";
import { checkTls } from "../checks/tls.ts";
import { checkTrustedHops } from "../checks/trusted-hops.ts";
import {
  container,
  findingsAfter,
  type Mutation,
  remove,
  replaced,
  secret,
  set,
  testMutations,
  variable,
} from "./mutation.ts";

const [GATEWAY, AGENT, ENGINE] = ["api-gateway", "workflow-agent", "workflow-engine"] as const;
const SSM = "arn:aws:ssm:us-east-1:123456789012:parameter/agent-team-production";
const DEFINITION = `aws_ecs_task_definition.this["${AGENT}"]`;
const SERVICE = `aws_ecs_service.this["${AGENT}"]`;
const REPOSITORY = `aws_ecr_repository.this["${AGENT}"]`;
const probe = (command: string) => container(AGENT, "healthCheck.command", ["CMD-SHELL", command]);
const records = (ttl: number) =>
  [GATEWAY, AGENT, ENGINE].map((name) =>
    set(
      `aws_service_discovery_service.this["${name}"]`,
      "dns_config.0.dns_records",
      ["A", "SRV"].map((type) => ({ ttl, type })),
    ),
  );

// biome-ignore format: a table, one mistake a line
testMutations([
  ["a check by nc, which is in no image", checkHealthChecks, probe("nc -z 127.0.0.1 50051"), /does not begin with bin\/grpc_health_probe, the probe in the image/],
  ["a check by curl, which is in no image", checkHealthChecks, probe("curl -f http://127.0.0.1:8080/livez"), /does not begin with bin\/grpc_health_probe/],
  ["a check by a program of another name", checkHealthChecks, probe("grpc-health -addr=127.0.0.1:50051"), /does not begin with bin\/grpc_health_probe/],
  ["a check of another service's port", checkHealthChecks, probe("bin/grpc_health_probe -addr=127.0.0.1:50050"), /asks port 50050: expected 50051 or 8080/],
  ["a start period of four minutes", checkHealthChecks, container(AGENT, "healthCheck.startPeriod", 240), /startPeriod is 240: expected 10 to 60/],
  ["a check that takes as long as its interval", checkHealthChecks, container(AGENT, "healthCheck.timeout", 10), /timeout is not less than interval/],
  ["redis_url in the place of REDIS_URL", checkEnvironment, [secret(AGENT, "REDIS_URL"), secret(AGENT, "redis_url", `${SSM}/redis_url`)], /workflow-agent: redis_url is set, and nothing reads it\nworkflow-agent: the secret REDIS_URL is missing/],
  ...[GATEWAY, ENGINE].map((name): Mutation => [`a secret that ${name} lacks`, checkEnvironment, secret(name, "REDIS_URL"), new RegExp(`^${name}: the secret REDIS_URL is missing$`)]),
  ["a secret that a task does not read", checkEnvironment, secret(AGENT, "SUPABASE_URL", `${SSM}/supabase_url`), /^workflow-agent: SUPABASE_URL is set, and nothing reads it$/],
  ...["ANTHROPIC_API_KEY", "SUPABASE_SERVICE_KEY"].map((name): Mutation => [`${name} in the gateway's task`, checkEnvironment, secret(GATEWAY, name, `${SSM}/${name.toLowerCase()}`), new RegExp(`api-gateway: ${name} is set, and nothing reads it`)]),
  ...["API_KEYS", "SUPABASE_JWT_SECRET"].map((name): Mutation => [`${name} that no task gets`, checkEnvironment, secret(GATEWAY, name), new RegExp(`api-gateway: the secret ${name} is missing`), "every-secret"]),
  ["one secret in the place of another", checkEnvironment, secret(AGENT, "IDENTITY_SECRET", `${SSM}/redis_url`), /IDENTITY_SECRET comes from .*redis_url, which is another secret/],
  ["a secret as a plain variable", checkEnvironment, variable(AGENT, "OPENAI_API_KEY", "sk-x"), /OPENAI_API_KEY is a secret, and the task definition shows its value/],
  ["a variable that a program reads and its task lacks", checkEnvironment, variable(ENGINE, "LOG_LEVEL"), /workflow-engine: LOG_LEVEL is read, and not set/],
  ["a value that the program refuses at its start", checkEnvironment, variable(AGENT, "WORKFLOW_ENGINE_DNS_NAME", "http://workflow-engine"), /WORKFLOW_ENGINE_DNS_NAME=http:/],
  ["a Redis without TLS", checkEnvironment, set("aws_ssm_parameter.redis_url[0]", "value", replaced("rediss", "redis")), /REDIS_URL is redis:.*: expected rediss:/],
  ["a Redis at another address", checkEnvironment, set("aws_ssm_parameter.redis_url[0]", "value", "rediss://:a@elsewhere:6379/0"), /REDIS_URL is rediss:\/\/:a@elsewhere.*: expected .*primary_endpoint/],
  ...(["GRPC_HOST", "HEALTH_HOST"] as const).map((name): Mutation => [`an agent with ${name} of loopback`, checkEnvironment, variable(AGENT, name, "127.0.0.1"), new RegExp(`workflow-agent: ${name} is 127\\.0\\.0\\.1: expected 0\\.0\\.0\\.0`)]),
  ["a gateway that listens on loopback", checkEnvironment, variable(GATEWAY, "HTTP_HOST", "localhost"), /api-gateway: HTTP_HOST is localhost: expected 0\.0\.0\.0/],
  ["an agent that looks for the engine on loopback", checkFlows, [variable(AGENT, "WORKFLOW_ENGINE_HOST", "127.0.0.1"), variable(AGENT, "WORKFLOW_ENGINE_PORT", "50050")], /workflow-agent: WORKFLOW_ENGINE, env .*127\.0\.0\.1.* leads to no service/],
  ["a name that no service has", checkFlows, variable(GATEWAY, "WORKFLOW_SERVICE_DNS_NAME", "agent.agent-team-production.local"), /WORKFLOW_SERVICE, dns .* leads to no service/],
  ["a name in another namespace", checkFlows, variable(GATEWAY, "WORKFLOW_SERVICE_CLOUD_MAP", "other.local/workflow-agent"), /WORKFLOW_SERVICE, cloudmap .* leads to no service/],
  ["a balancer's port that nothing listens on", checkFlows, variable(GATEWAY, "WORKFLOW_SERVICE_LB_ENDPOINT", "mock-grpc-0123456789abcdef.elb.us-east-1.amazonaws.com:50050"), /WORKFLOW_SERVICE, lb .* leads to no service/],
  ["a proxy's name that Service Connect does not give", checkFlows, variable(GATEWAY, "WORKFLOW_SERVICE_HOST", "workflow-agent"), /WORKFLOW_SERVICE, env .* leads to no service/, "service-connect"],
  ["a client that does not know the servers' CA", checkTls, secret(GATEWAY, "WORKFLOW_SERVICE_TLS_CA"), /api-gateway: WORKFLOW_SERVICE_TLS_CA is missing, which TLS_CERT of workflow-agent demands/, "mutual-tls"],
  ["a client without the certificate that a server demands", checkTls, secret(AGENT, "WORKFLOW_ENGINE_TLS_CERT"), /workflow-agent: WORKFLOW_ENGINE_TLS_CERT is missing, which TLS_CLIENT_CA of workflow-engine demands/, "mutual-tls"],
  ["a client with TLS to a server without", checkTls, secret(GATEWAY, "WORKFLOW_ENGINE_TLS_CA", `${SSM}/tls/ca`), /api-gateway: WORKFLOW_ENGINE_TLS_CA is set, and workflow-engine has no TLS_CERT/],
  ["a certificate of another task", checkTls, secret(ENGINE, "TLS_KEY", `${SSM}/tls/${AGENT}/key`), /workflow-engine: TLS_KEY comes from .*: expected …\/tls\/workflow-engine\/key/, "mutual-tls"],
  ["a health check in plaintext of a server with TLS", checkTls, probe("bin/grpc_health_probe -addr=127.0.0.1:50051"), /has no -tls, and TLS_CERT is set/, "mutual-tls"],
  ["a certificate of the CA that a task does not read", checkEnvironment, secret(ENGINE, "WORKFLOW_SERVICE_TLS_CA", `${SSM}/tls/ca`), /workflow-engine: WORKFLOW_SERVICE_TLS_CA is set, and nothing reads it/, "mutual-tls"],
  ["a gateway that counts the load balancer as its only client", checkTrustedHops, variable(GATEWAY, "TRUSTED_HOPS", "0"), /^api-gateway: TRUSTED_HOPS is 0: expected 1 or more behind aws_lb\.api: /],
  ["a gateway that does not know the load balancer", checkTrustedHops, variable(GATEWAY, "TRUSTED_HOPS"), /^api-gateway: TRUSTED_HOPS is 0/],
  ...["preserve", "remove"].map((mode): Mutation => [`a load balancer with the mode ${mode}, which leaves the client's own entries`, checkTrustedHops, set("aws_lb.api", "xff_header_processing_mode", mode), new RegExp(`^aws_lb\\.api: xff_header_processing_mode is ${mode}: expected append: `)]),
  ["more hops than the program reads", checkEnvironment, variable(GATEWAY, "TRUSTED_HOPS", "11"), /TRUSTED_HOPS=11: expected an integer from 0 to 10/],
  ["a stop timeout that the program does not know", checkStopTimes, container(AGENT, "stopTimeout", 30), /STOP_TIMEOUT_MS is 120000, ECS's stopTimeout 30000/],
  ["a GOAWAY before DNS has changed", checkStopTimes, variable(AGENT, "LAME_DUCK_MS", "10000"), /LAME_DUCK_MS is 10000: expected at least 13000/],
  ["an engine on 8000 here and on 50050 there", checkPorts, variable(ENGINE, "GRPC_PORT", "8000"), /GRPC_PORT and the program's default: 8000 and 50050\nworkflow-engine: GRPC_PORT and the local cloud: 8000 and 50050/],
  ["a port that ECS does not map", checkPorts, container(ENGINE, "portMappings", []), /workflow-engine: portMappings and the ports: {2}and 50050 8080/],
  ["another port in Cloud Map", checkPorts, set(SERVICE, "service_registries.0.container_port", 8000), /GRPC_PORT and Cloud Map: 50051 and 8000/],
  ["a listener on a port of its own", checkPorts, set("aws_lb_listener.grpc", "port", 9000), /aws_lb_listener\.grpc: port 9000 is no port of a task/],
  ["an image from elsewhere", checkImages, container(AGENT, "image", "docker.io/node:24"), /workflow-agent: its image comes from docker\.io\/node:24, which is no repository of ours/],
  ["the gateway's image for another service", checkImages, container(AGENT, "image", replaced(AGENT, GATEWAY)), /workflow-agent: its repository: name is agent-team-production\/api-gateway: expected agent-team-production\/workflow-agent/],
  ["an image of another tag", checkImages, container(AGENT, "image", replaced("x86_64", "arm64")), /workflow-agent: image is .*arm64: expected .*repository_url:0123abc-x86_64/],
  ["a tag that can become another image", checkImages, set(REPOSITORY, "image_tag_mutability", "MUTABLE"), /this\["workflow-agent"\]: image_tag_mutability is MUTABLE: expected IMMUTABLE/],
  ["one image to go back to", checkImages, set("aws_ecr_lifecycle_policy.this*", "policy.rules.0.selection.countNumber", 1), /images that are kept: countNumber is 1: expected 10 to 100/],
  ["images that are never removed", checkImages, remove("aws_ecr_lifecycle_policy.this*"), /keeps every image/],
  ["a network that tasks share with their host", checkServices, set(DEFINITION, "network_mode", "bridge"), /network_mode is bridge: expected awsvpc/],
  ["a task that Fargate refuses", checkServices, set(DEFINITION, "requires_compatibilities", ["EC2"]), /requires_compatibilities is EC2: expected FARGATE/],
  ["a revision that is deregistered with the next one", checkServices, set(DEFINITION, "skip_destroy", false), /skip_destroy is false: expected true/],
  ["a service that runs another one's tasks", checkServices, set(SERVICE, "task_definition", `aws_ecs_task_definition.this["${ENGINE}"].arn`), /this\["workflow-engine"\]: the service workflow-agent runs it: expected workflow-engine/],
  ["a program that runs as root", checkServices, container(AGENT, "user", "0"), /user is 0: expected 1000/],
  ["a role that another service of AWS takes", checkServices, set("aws_iam_role.execution", "assume_role_policy.Statement.0.Principal.Service", "ec2.amazonaws.com"), /aws_iam_role\.execution trusts ec2\.amazonaws\.com: expected ecs-tasks/],
  ["every service in one Cloud Map service", checkServices, [AGENT, ENGINE].map((name) => set(`aws_ecs_service.this["${name}"]`, "service_registries.0.registry_arn", replaced(name, GATEWAY))), /workflow-agent is registered in .*"api-gateway"\], which is called api-gateway\nworkflow-engine is/],
  ["a record without a port", checkServices, set('aws_service_discovery_service.this["workflow-agent"]', "dns_config.0.dns_records", [{ ttl: 10, type: "A" }]), /has A records: expected A and SRV/],
  ["records that clients keep for an hour", checkServices, records(3_600), /ttl is 3600: expected 5 to 60/],
  ["a task with a public address", checkServices, set(SERVICE, "network_configuration.0.assign_public_ip", true), /assign_public_ip is true: expected false/],
  ["a deployment without a breaker", checkServices, set(SERVICE, "deployment_circuit_breaker"), /deployment_circuit_breaker: enable is not set: expected true/],
  ["a deployment without a grace period", checkServices, set(SERVICE, "health_check_grace_period_seconds"), /health_check_grace_period_seconds is not set: expected 30 to 120/],
  ["a deployment that takes tasks away first", checkServices, set(SERVICE, "deployment_minimum_healthy_percent", 50), /deployment_minimum_healthy_percent is 50: expected 100/],
]);

test("a longer TTL moves GOAWAY with it", () => {
  const later = [GATEWAY, AGENT, ENGINE].map((name) => variable(name, "LAME_DUCK_MS", "63000"));
  expect(findingsAfter(checkStopTimes, [...records(60), ...later])).toBe("");
  expect(findingsAfter(checkStopTimes, records(60))).toMatch(/LAME_DUCK_MS is 13000: expected at least 63000/);
});
