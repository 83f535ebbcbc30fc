// Subnets, routes, security groups and load balancers.
import { expect, test } from "vitest";
import { checkBalancers } from "../checks/balancers.ts";
import { checkPlacement } from "../checks/placement.ts";
import { checkPorts } from "../checks/ports.ts";
import { checkFlows, checkGroupsAttached } from "../checks/security-groups.ts";
import { checkIdleTimeouts } from "../checks/timeouts.ts";
import { add, findingsAfter, remove, set, testMutations } from "./mutation.ts";

const RULE = "aws_vpc_security_group_";
const both = (name: string) => [
  remove(`${RULE}ingress_rule.this["${name}"]`),
  remove(`${RULE}egress_rule.this["${name}"]`),
];
const NLB = "aws_lb_target_group.grpc";
const ALB = "aws_lb_target_group.api";
const noGroup = set("aws_lb.grpc", "security_groups");
const extra = {
  from_port: 8080,
  to_port: 8080,
  referenced_security_group_id: 'aws_security_group.this["workflow-engine"].id',
};
const publicSubnets = ["aws_subnet.public[0].id", "aws_subnet.public[1].id"];
const privateSubnets = ["aws_subnet.private[0].id", "aws_subnet.private[1].id"];

// biome-ignore format: a table, one mistake a line
testMutations([
  ["a network load balancer without its group", checkGroupsAttached, noGroup, /aws_lb\.grpc has no security group/],
  ["a group that nothing has", checkFlows, noGroup, /admits nlb → workflow-agent 50051, which nothing needs/],
  ["tasks that do not admit a health check", checkFlows, both("nlb-agent-health"), /nlb → workflow-agent 8080 is needed, and no egress rule admits it\nnlb → workflow-agent 8080 is needed, and no ingress rule admits it/],
  ["a flow that nothing needs", checkFlows, add(`${RULE}ingress_rule.this["back"]`, `${RULE}ingress_rule.this["alb-gateway"]`, extra), /admits workflow-engine → api-gateway 8080, which nothing needs/],
  ["an inline rule", checkFlows, set('aws_security_group.this["alb"]', "ingress", [{ from_port: 22 }]), /this\["alb"\] has inline rules: each apply would undo/],
  ["a rule that opens all ports", checkFlows, set(`${RULE}ingress_rule.this["alb-gateway"]`, "to_port", 65_535), /expected tcp and one port, got tcp 8000 to 65535/],
  ["a cache that the agent does not reach", checkFlows, both("agent-cache"), /workflow-agent → cache 6379 is needed/],
  ["a cache that the gateway does not reach", checkFlows, both("gateway-cache"), /api-gateway → cache 6379 is needed/],
  ["an endpoint that tasks do not reach", checkFlows, both("engine-endpoints"), /workflow-engine → endpoints 443 is needed/, "no-internet"],
  ["an internal balancer that is open to the internet", checkFlows, set(`${RULE}ingress_rule.this["internet-alb-http 10.0.0.0/16"]`, "cidr_ipv4", "203.0.113.0/24"), /10\.0\.0\.0\/16 → alb 80 is needed/, "internal-balancer"],
  ["another prefix list than the given one", checkFlows, set(`${RULE}ingress_rule.this["lists-alb pl-3b927c52"]`, "prefix_list_id", "pl-4fa04526"), /pl-3b927c52 → alb 443 is needed, and no ingress rule admits it\n.* admits pl-4fa04526 → alb 443, which nothing needs/, "prefix-list"],
  ["a prefix list at a second port", checkFlows, add(`${RULE}ingress_rule.this["again"]`, `${RULE}ingress_rule.this["lists-alb pl-3b927c52"]`, { from_port: 80, to_port: 80 }), /admits pl-3b927c52 → alb 80, which nothing needs/, "prefix-list"],
  ["client addresses that pass the network load balancer", checkBalancers, set(NLB, "preserve_client_ip", "true"), /preserve_client_ip is true: expected false: a task that calls itself/],
  ["a TCP health check, which passes for a server that drains", checkBalancers, set(NLB, "health_check.0.protocol", "TCP"), /grpc, health check: protocol is TCP: expected HTTP: everything else passes for a server that drains/],
  ["a health check of another page", checkBalancers, set(ALB, "health_check.0.path", "/ready"), /api, health check: path is \/ready: expected \/readyz/],
  ["a health check of another port", checkPorts, set(ALB, "health_check.0.port", "8000"), /api: asks port 8000 for the health of api-gateway/],
  ["a target group of another protocol", checkBalancers, set(NLB, "protocol", "TLS"), /grpc: protocol is TLS: expected TCP/],
  ["a target group of HTTPS", checkBalancers, set(ALB, "protocol", "HTTPS"), /api: protocol is HTTPS: expected HTTP/],
  ["targets that are machines", checkBalancers, set(NLB, "target_type", "instance"), /grpc: target_type is instance: expected ip/],
  ["an hour until SIGTERM", checkBalancers, set(NLB, "deregistration_delay", "3600"), /deregistration_delay is 3600: expected 30 to 300/],
  ["a health check that takes as long as its interval", checkBalancers, set(ALB, "health_check.0.timeout", 5), /api: timeout is not less than interval/],
  ["a health check that asks once a minute", checkBalancers, set(ALB, "health_check.0.interval", 60), /interval is 60: expected 5 to 10/],
  ["an idle timeout that ends before the next keepalive", checkIdleTimeouts, set("aws_lb_listener.grpc", "tcp_idle_timeout_seconds", 60), /the program sends every 60 s/],
  ["a balancer that keeps idle connections for longer than the gateway", checkIdleTimeouts, set("aws_lb.api", "idle_timeout", 150), /idle_timeout is 150 s, and the program closes idle connections after 150 s/],
  ["tasks in public subnets", checkPlacement, set("aws_ecs_service.this*", "network_configuration.0.subnets", publicSubnets), /this\["workflow-agent"\] is in aws_subnet\.public\[0\], which is public: expected private/],
  ["a public load balancer in private subnets", checkPlacement, set("aws_lb.api", "subnets", privateSubnets), /aws_lb\.api is in aws_subnet\.private\[0\], which is private: expected public/],
  ["a NAT gateway without a route to the internet", checkPlacement, set("aws_nat_gateway.this[0]", "subnet_id", "aws_subnet.private[0].id"), /this\[0\] is in aws_subnet\.private\[0\], which is private/],
  ["tasks that are all in one zone", checkPlacement, set("aws_ecs_service.this*", "network_configuration.0.subnets", privateSubnets.slice(1)), /this\["api-gateway"\] is in 1 of 2 zones: expected 2/],
  ["a route through the gateway of another zone", checkPlacement, set("aws_route.private[1]", "nat_gateway_id", "aws_nat_gateway.this[0].id"), /private\[1\] has its default route through aws_nat_gateway\.this\[0\]/, "three-zones"],
  ["a route table of another zone", checkPlacement, set("aws_route_table_association.private[1]", "route_table_id", "aws_route_table.private[0].id"), /private\[1\] has its default route through aws_nat_gateway\.this\[0\]/, "three-zones"],
  ["a private subnet without a route to the internet", checkPlacement, remove("aws_route.private[0]"), /aws_subnet\.private\[0\] has no route to the internet/],
  ["an endpoint of S3 that has no route", checkPlacement, set("aws_vpc_endpoint.s3", "route_table_ids", ["aws_route_table.public.id"]), /private\[0\] has no route to an endpoint of S3/],
  ["an endpoint of S3 that has no route, without a NAT gateway", checkPlacement, set("aws_vpc_endpoint.s3", "route_table_ids", ["aws_route_table.public.id"]), /private\[1\] has no route to an endpoint of S3/, "no-internet"],
  ["a subnet without a route table of its own", checkPlacement, remove("aws_route_table_association.public[0]"), /aws_subnet\.public\[0\] has 0 route tables/],
  ["a VPC without DNS", checkPlacement, set("aws_vpc.this", "enable_dns_support", false), /enable_dns_support is false: expected true: Cloud Map/],
  ["a VPC without DNS names", checkPlacement, set("aws_vpc.this", "enable_dns_hostnames"), /enable_dns_hostnames is not set: expected true/],
]);

test("a route may be a block of its table", () => {
  const route = [{ cidr_block: "0.0.0.0/0", gateway_id: "aws_internet_gateway.this.id" }];
  const edits = [remove("aws_route.public"), set("aws_route_table.public", "route", route)];
  expect(findingsAfter(checkPlacement, edits)).toBe("");
  expect(findingsAfter(checkPlacement, edits.slice(0, 1))).toMatch(/aws_lb\.api is in .* is private/);
});
