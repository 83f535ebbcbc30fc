import { expect, test } from "vitest";
import { ZoneMap } from "./zone.ts";

function zones(text: string): ZoneMap {
  const parsed = ZoneMap.parse(text);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.value;
}

test("an address has the zone of its subnet", () => {
  const map = zones("10.0.10.0/24=us-east-1a, 10.0.11.0/24=us-east-1b");
  expect(map.zoneOf("10.0.10.255")).toBe("us-east-1a");
  expect(map.zoneOf("10.0.11.0")).toBe("us-east-1b");
  expect(map.zoneOf("10.0.12.1")).toBeUndefined();
});

test("the narrowest subnet has precedence", () => {
  const map = zones("0.0.0.0/0=anywhere,10.0.0.0/8=region,10.0.10.7/32=host,200.0.0.0/5=high");
  expect(map.zoneOf("10.0.10.7")).toBe("host");
  expect(map.zoneOf("10.0.10.8")).toBe("region");
  expect(map.zoneOf("207.1.2.3")).toBe("high");
  expect(map.zoneOf("192.168.0.1")).toBe("anywhere");
});

test("names and IPv6 addresses have no zone", () => {
  const map = zones("0.0.0.0/0=anywhere");
  expect(map.zoneOf("localhost")).toBeUndefined();
  expect(map.zoneOf("::1")).toBeUndefined();
  expect(ZoneMap.empty.zoneOf("10.0.10.7")).toBeUndefined();
});

test.each([
  "",
  "10.0.10.0/24",
  "10.0.10.0=a",
  "10.0.10.0/33=a",
  "10.0.10.7/24=a",
  "10.0.300.0/24=a",
  "10.0.10.0/24=a,",
  "::/0=a",
])("%j is refused with the entry that is wrong", (text) => {
  expect(ZoneMap.parse(text)).toEqual({ error: expect.stringMatching(/^expected CIDR=zone.*; cannot read ".*"$/) });
});
