/** The flows that the `aws_vpc_security_group_*_rule` resources of a state admit. */

import type { Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";

/** A flow between security groups. */
export interface Flow {
  /** A security group's address, `internet`, a CIDR block, or the id or the address of a prefix list. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** One rule, which belongs to the group at one end of its flow. */
export interface Rule extends Flow {
  readonly direction: "ingress" | "egress";
  readonly address: string;
}

export const INTERNET = "internet";

/** @throws Error for a rule that admits more than one port, which no flow needs */
export function rulesOf(region: Region): readonly Rule[] {
  const rules = (direction: Rule["direction"]): readonly Rule[] =>
    region.resources(`aws_vpc_security_group_${direction}_rule`).map((each) => toRule(each, direction));
  return [...rules("ingress"), ...rules("egress")];
}

/** For messages: `api-gateway → cache 6379`. */
export function describe({ from, to, port }: Flow): string {
  const short = (end: string): string => /\["?([^"\]]+)"?\]$/.exec(end)?.[1] ?? end.replace(/^aws_\w+\./, "");
  return `${short(from)} → ${short(to)} ${port}`;
}

function toRule(rule: Instance, direction: Rule["direction"]): Rule {
  const { address } = rule;
  const [protocol, first, last] = ["ip_protocol", "from_port", "to_port"].map((name) => rule.text(name));
  if (protocol !== "tcp" || first !== last)
    throw new Error(`${address}: expected tcp and one port, got ${protocol} ${first} to ${last}`);
  const [own = "no group"] = rule.refs("security_group_id");
  const ends = direction === "ingress" ? { from: peerOf(rule), to: own } : { from: own, to: peerOf(rule) };
  return { ...ends, port: Number(first), direction, address };
}

function peerOf(rule: Instance): string {
  const cidr = rule.text("cidr_ipv4") || rule.text("cidr_ipv6");
  if (cidr !== "") return cidr === "0.0.0.0/0" || cidr === "::/0" ? INTERNET : cidr;
  const [ref = rule.text("prefix_list_id")] = [
    ...rule.refs("referenced_security_group_id"),
    ...rule.refs("prefix_list_id"),
  ];
  return ref === "" ? "nothing" : ref;
}
