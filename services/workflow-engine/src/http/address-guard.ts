import { BlockList, isIPv4 } from "node:net";

/**
 * The addresses that a workflow must not reach. Its author chooses the addresses that the engine connects to, and the engine
 * reaches more of them than the author does. The ranges are those of the IANA special-purpose address registries.
 */
const REFUSED_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network; Linux connects it to itself
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local: 169.254.169.254 and 169.254.170.2 give out credentials
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
];

/**
 * Of IPv6 only global unicast may be reached. Loopback, unique local, link-local, multicast, and every form that contains an
 * IPv4 address (mapped, compatible, NAT64) lie outside it and are refused.
 */
const GLOBAL_UNICAST = ["2000::", 3] as const;

const REFUSED_IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23], // protocol assignments, among them Teredo, which contains IPv4
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4 contains IPv4
  ["3fff::", 20], // documentation
];

const ipv4 = new BlockList();
for (const [net, prefix] of REFUSED_IPV4) ipv4.addSubnet(net, prefix, "ipv4");

const unicast = new BlockList();
unicast.addSubnet(...GLOBAL_UNICAST, "ipv6");

const ipv6 = new BlockList();
for (const [net, prefix] of REFUSED_IPV6) ipv6.addSubnet(net, prefix, "ipv6");

/** Whether a workflow must not reach `address`: an IP address in any spelling; any other text is refused. */
export function isRefusedAddress(address: string): boolean {
  if (isIPv4(address)) return ipv4.check(address, "ipv4");
  return !unicast.check(address, "ipv6") || ipv6.check(address, "ipv6");
}
