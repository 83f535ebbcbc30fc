/** What the rules of the security groups let through: the plan's `aws_vpc_security_group_*_rule`, and nothing else. */

import { type JsonObject, toText } from "../state/json.ts";
import { type Instance, type Region, resourcesIn } from "../state/region.ts";
import { type Edge, INTERNET } from "./edge.ts";

/** One rule, seen from the group that it belongs to. */
export interface Rule extends Edge {
  readonly direction: "in" | "out";
  /** The resource, for people. */
  readonly address: string;
}

/** @throws Error for a rule that opens more than one port, which nothing here needs */
export function rulesOf(region: Region): readonly Rule[] {
  return [
    ...region.resources("aws_vpc_security_group_ingress_rule").map((each) => toRule(each, "in")),
    ...region.resources("aws_vpc_security_group_egress_rule").map((each) => toRule(each, "out")),
  ];
}

/** Groups with rules of their own: `ingress {}` in the group fights with the rule resources at every apply. */
export function groupsWithInlineRules(region: Region): readonly string[] {
  const groups = region.resources("aws_security_group");
  return groups.filter(({ values }) => "ingress" in values || "egress" in values).map(({ address }) => address);
}

function toRule({ address, values }: Instance, direction: "in" | "out"): Rule {
  const group = resourcesIn(values["security_group_id"])[0] ?? "no group";
  const other = peerOf(values);
  const [first, last] = [values["from_port"], values["to_port"]].map(Number);
  if (values["ip_protocol"] !== "tcp" || first === undefined || first !== last) {
    throw new Error(`${address}: expected tcp and one port, got ${toText(values["ip_protocol"])} ${first} to ${last}`);
  }
  const ends = direction === "in" ? { from: other, to: group } : { from: group, to: other };
  return { ...ends, port: first, direction, address };
}

function peerOf(values: JsonObject): string {
  const cidr = values["cidr_ipv4"] ?? values["cidr_ipv6"];
  if (cidr === "0.0.0.0/0" || cidr === "::/0") return INTERNET;
  if (typeof cidr === "string") return cidr;
  const prefixList = resourcesIn(values["prefix_list_id"])[0];
  return resourcesIn(values["referenced_security_group_id"])[0] ?? prefixList ?? "nothing";
}
