import { balancersOf } from "../network/balancers.ts";
import { describe, type Edge, INTERNET } from "../network/edge.ts";
import { needsOf } from "../network/needs.ts";
import { groupsWithInlineRules, type Rule, rulesOf } from "../network/rules.ts";
import { servicesOf } from "../network/tasks.ts";
import { blocksIn, toText } from "../state/json.ts";
import { type Instance, type Region, resourcesIn } from "../state/region.ts";
import { outOfRange, type Range } from "./range.ts";

/** Each way that must work works, and every other is closed. */
export function checkReachability(region: Region): readonly string[] {
  const rules = rulesOf(region);
  const needs = needsOf(region);
  return [
    ...new Set(needs.flatMap((need) => closedFor(need, rules))),
    ...rules
      .filter((rule) => !needs.some((need) => opens(rule, need)))
      .map((rule) => `${rule.address} opens ${describe(rule)}, which nothing needs`),
    ...groupsWithInlineRules(region).map(
      (group) => `${group}: rules within a group fight with the rule resources at every apply`,
    ),
  ];
}

/** Each group is attached to something, and what needs one has one. */
export function checkGroupsAttached(region: Region): readonly string[] {
  const services = servicesOf(region).map(({ address, groups }) => ({ address, groups }));
  const balancers = balancersOf(region).map(({ address, groups }) => ({ address, groups }));
  const others = [...region.resources("aws_elasticache_replication_group"), ...region.resources("aws_vpc_endpoint")]
    .filter(
      ({ values }) =>
        values["vpc_endpoint_type"] !== "Gateway" &&
        (values["vpc_endpoint_type"] !== undefined || "security_group_ids" in values),
    )
    .map(({ address, values }) => ({ address, groups: resourcesIn(values["security_group_ids"]) }));
  const holders = [...services, ...balancers, ...others];
  const attached = new Set(holders.flatMap(({ groups }) => groups));
  return [
    ...holders.filter(({ groups }) => groups.length === 0).map(({ address }) => `${address} has no security group`),
    ...region
      .resources("aws_security_group")
      .filter(({ address }) => !attached.has(address))
      .map(({ address }) => `${address} is attached to nothing`),
  ];
}

/** What the reachability above takes for granted of the balancers. */
export function checkBalancers(region: Region): readonly string[] {
  return balancersOf(region).flatMap(({ address, kind, targets }) => [
    ...(targets.length === 0 ? [`${address} has no target group behind a listener`] : []),
    ...targets.flatMap(({ instance }) => (kind === "network" ? networkTarget(instance) : [])),
    ...targets.flatMap(({ instance }) => timesOfTarget(instance)),
    ...targets.flatMap(({ instance }) => formOfTarget(instance, kind)),
    ...targets.flatMap(({ instance }) => healthOfTarget(instance)),
    ...targets.flatMap((target) => targetOfTasks(target.address, target.port, region)),
  ]);
}

function networkTarget({ address, values }: Instance): readonly string[] {
  return toText(values["preserve_client_ip"]) === "false"
    ? []
    : [
        `${address}: preserve_client_ip must be false, or tasks that call themselves hang and the rules see clients instead of the balancer`,
      ];
}

/** Of the pages of a task only /readyz shows that it drains; `ports.ts` checks the port. */
function healthOfTarget({ address, values }: Instance): readonly string[] {
  const [check] = blocksIn(values, "health_check");
  const [protocol, path] = ["protocol", "path"].map((name) => toText(check?.[name]));
  return protocol === "HTTP" && path === "/readyz"
    ? []
    : [
        `${address}: the health check must be HTTP /readyz, got ${protocol} ${path}: everything else passes for a server that drains`,
      ];
}

/** What the tasks of Fargate can be behind: addresses, TCP for HTTP/2 as it is, HTTP for pages. */
function formOfTarget({ address, values }: Instance, kind: string): readonly string[] {
  const expected = { protocol: kind === "network" ? "TCP" : "HTTP", target_type: "ip" };
  return Object.entries(expected)
    .filter(([name, value]) => values[name] !== value)
    .map(([name, value]) => `${address}: ${name} is ${toText(values[name]) || "not set"}: expected ${value}`);
}

/** Seconds. A task is asked often enough to be found draining before its GOAWAY, and has as long as a turn to end. */
const TIMES: Readonly<Record<string, Range>> = { deregistration_delay: [30, 300] };
const CHECK_TIMES: Readonly<Record<string, Range>> = {
  healthy_threshold: [2, 3],
  interval: [5, 10],
  timeout: [2, 5],
  unhealthy_threshold: [2, 3],
};

function timesOfTarget({ address, values }: Instance): readonly string[] {
  const [check = {}] = blocksIn(values, "health_check");
  const [interval, timeout] = [Number(check["interval"]), Number(check["timeout"])];
  return [
    ...Object.entries(TIMES).flatMap(([name, range]) => outOfRange(address, name, values[name], range)),
    ...Object.entries(CHECK_TIMES).flatMap(([name, range]) => outOfRange(address, name, check[name], range)),
    ...(timeout < interval ? [] : [`${address}: timeout is ${timeout} s, and interval ${interval} s: expected less`]),
  ];
}

function targetOfTasks(address: string, port: number, region: Region): readonly string[] {
  const told = servicesOf(region)
    .flatMap(({ targets }) => targets)
    .filter(({ group }) => group === address);
  if (told.length === 0) return [`${address}: no service joins it`];
  return told
    .filter((each) => each.port !== port)
    .map((each) => `${address}: listens on ${port}, its tasks on ${each.port}`);
}

function closedFor(need: Edge, rules: readonly Rule[]): readonly string[] {
  const isGroup = (end: string): boolean => end.startsWith("aws_security_group.");
  const has = (direction: Rule["direction"]): boolean =>
    rules.some((rule) => rule.direction === direction && opens(rule, need));
  return [
    ...(isGroup(need.from) && !has("out") ? [`${describe(need)} is needed, and no egress rule opens it`] : []),
    ...(isGroup(need.to) && !has("in") ? [`${describe(need)} is needed, and no ingress rule opens it`] : []),
  ];
}

function opens(rule: Rule, need: Edge): boolean {
  return rule.port === need.port && holds(rule.from, need.from) && holds(rule.to, need.to);
}

/** All our groups lie in the one VPC, so a CIDR block in a rule is that of it, or of a part that a variable names. */
function holds(wide: string, narrow: string): boolean {
  return wide === narrow || wide === INTERNET || (/^\d/.test(wide) && narrow.startsWith("aws_"));
}
