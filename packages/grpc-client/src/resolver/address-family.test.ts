import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { familiesInOrder, ofFirstFamily } from "./address-family.ts";

function interfaceOf(address: string): NetworkInterfaceInfo[] {
  const shared = { address, netmask: "", mac: "", cidr: null, internal: address === "127.0.0.1" || address === "::1" };
  return [address.includes(":") ? { ...shared, family: "IPv6", scopeid: 0 } : { ...shared, family: "IPv4" }];
}

test.each([
  ["loopback alone", ["127.0.0.1", "::1"], "A"],
  ["IPv4", ["127.0.0.1", "10.0.10.7"], "A"],
  ["both families", ["10.0.10.7", "2600::7"], "A"],
  ["IPv6 alone", ["127.0.0.1", "::1", "2600::7"], "AAAA"],
  ["IPv6 and an IPv4 address for the task's metadata", ["169.254.172.2", "2600::7"], "AAAA"],
  ["link-local addresses alone", ["169.254.172.2", "fe80::7"], "A"],
])("a machine with %s is asked for %j: first %s", (_, addresses, first) => {
  const interfaces = Object.fromEntries(addresses.map((address, n) => [`eth${n}`, interfaceOf(address)]));
  expect(familiesInOrder(interfaces)[0]).toBe(first);
});

test("the addresses of the preferred family are used, or those of the other family if it has none", () => {
  expect(ofFirstFamily(["fd00::7", "10.0.10.7"], ["A", "AAAA"])).toEqual(["10.0.10.7"]);
  expect(ofFirstFamily(["fd00::7", "10.0.10.7"], ["AAAA", "A"])).toEqual(["fd00::7"]);
  expect(ofFirstFamily(["fd00::7"], ["A", "AAAA"])).toEqual(["fd00::7"]);
  expect(ofFirstFamily([], ["A", "AAAA"])).toEqual([]);
});
