/**
 * Chooses between the IPv4 and the IPv6 addresses of a name. A dual-stack task has two addresses and is one endpoint, so only
 * one family is used: the preferred one if the name has an address of it, else the other one.
 */

import { isIPv4 } from "node:net";
import type { NetworkInterfaceInfo, networkInterfaces } from "node:os";

export type AddressFamily = "A" | "AAAA";

/**
 * IPv4 first, except on a machine with IPv6 addresses only (an IPv6-only subnet), which cannot reach an IPv4 address. Link-local
 * addresses (RFC 4291 2.5.6, RFC 3927) are not routed and do not count: every Fargate task has an IPv4 one for its metadata.
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
