/**
 * IPv4 or IPv6, where a name has both. A dual-stack task has two addresses and is one task: only one family is used, the
 * other one when the first has no address.
 */

import { isIPv4 } from "node:net";
import type { NetworkInterfaceInfo, networkInterfaces } from "node:os";

export type AddressFamily = "A" | "AAAA";

/**
 * IPv4 first, except on a machine that has IPv6 alone (an IPv6-only subnet), where an IPv4 address cannot be reached. RFC 4291
 * 2.5.6 and RFC 3927: link-local addresses lead nowhere, and a Fargate task has an IPv4 one in each subnet, for its metadata.
 */
export function familiesInOrder(interfaces: ReturnType<typeof networkInterfaces>): readonly AddressFamily[] {
  const routable = Object.values(interfaces).flatMap((addresses = []) => addresses.filter(isRoutable));
  const isV6Only = routable.length > 0 && routable.every(({ family }) => family === "IPv6");
  return isV6Only ? ["AAAA", "A"] : ["A", "AAAA"];
}

/** The addresses of the first family that has one. */
export function ofFirstFamily(addresses: readonly string[], families: readonly AddressFamily[]): readonly string[] {
  const byFamily = families.map((family) => addresses.filter((address) => isIPv4(address) === (family === "A")));
  return byFamily.find(({ length }) => length > 0) ?? [];
}

function isRoutable({ address, internal }: NetworkInterfaceInfo): boolean {
  return !internal && !/^(169\.254\.|fe[89ab])/i.test(address);
}
