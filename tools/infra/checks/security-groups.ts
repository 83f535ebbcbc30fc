import { needsOf } from "../network/needs.ts";
import { describe, type Flow, INTERNET, type Rule, rulesOf } from "../network/rules.ts";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

/** The rules admit each flow that is needed, at both of its ends, and no other. */
export function* checkFlows(region: Region): Findings {
  const rules = rulesOf(region);
  const needs = needsOf(region);
  for (const need of needs) {
    const lacks = (direction: Rule["direction"], end: string): boolean =>
      isGroup(end) && !rules.some((rule) => rule.direction === direction && admits(rule, need));
    if (lacks("egress", need.from)) yield `${describe(need)} is needed, and no egress rule admits it`;
    if (lacks("ingress", need.to)) yield `${describe(need)} is needed, and no ingress rule admits it`;
  }
  for (const rule of rules) {
    if (!needs.some((need) => admits(rule, need)))
      yield `${rule.address} admits ${describe(rule)}, which nothing needs`;
  }
  for (const group of region.resources("aws_security_group")) {
    if (group.has("ingress") || group.has("egress"))
      yield `${group.address} has inline rules: each apply would undo the rules that are resources of their own`;
  }
}

/** Each group belongs to something, and what can have groups has one. */
export function* checkGroupsAttached(region: Region): Findings {
  const endpoints = region
    .resources("aws_vpc_endpoint")
    .filter((each) => !["", "Gateway"].includes(each.text("vpc_endpoint_type")));
  const caches = region.resources("aws_elasticache_replication_group");
  const holders = [
    ...region
      .resources("aws_ecs_service")
      .map((each) => [each.address, each.block("network_configuration").refs("security_groups")] as const),
    ...region.resources("aws_lb").map((each) => [each.address, each.refs("security_groups")] as const),
    ...[...endpoints, ...caches].map((each) => [each.address, each.refs("security_group_ids")] as const),
  ];
  for (const [address, groups] of holders) if (groups.length === 0) yield `${address} has no security group`;
  const attached = new Set(holders.flatMap(([, groups]) => groups));
  for (const { address } of region.resources("aws_security_group"))
    if (!attached.has(address)) yield `${address} is attached to nothing`;
}

function admits(rule: Rule, need: Flow): boolean {
  return rule.port === need.port && covers(rule.from, need.from) && covers(rule.to, need.to);
}

/** All our groups are in the one VPC, so a CIDR block in a rule is the VPC's, or a part of it that a variable names. */
function covers(wide: string, narrow: string): boolean {
  return wide === narrow || wide === INTERNET || (/^\d/.test(wide) && narrow.startsWith("aws_"));
}

function isGroup(end: string): boolean {
  return end.startsWith("aws_security_group.");
}
