import fc from "fast-check";
import { expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

const PEER = "10.0.0.8";
const of = (forwardedFor: string | null, trustedHops: number, peerAddress = PEER): string =>
  clientAddress({ peerAddress, forwardedFor }, trustedHops);

test.for<[what: string, forwardedFor: string | null, trustedHops: number, expected: string]>([
  ["no proxy, and no field", null, 0, PEER],
  ["no proxy, and a field that the client has written", "198.51.100.7", 0, PEER],
  ["one proxy", "198.51.100.7", 1, "198.51.100.7"],
  ["one proxy, and entries of the client before its own", "1.1.1.1, 2.2.2.2,198.51.100.7", 1, "198.51.100.7"],
  ["two proxies", "1.1.1.1, 198.51.100.7, 203.0.113.9", 2, "198.51.100.7"],
  ["two proxies, of which one was passed by", "203.0.113.9", 2, "203.0.113.9"],
  ["a proxy that appends nothing", null, 1, PEER],
  ["empty entries", " , 198.51.100.7 ,, ,", 1, "198.51.100.7"],
  ["nothing but commas", ",,,", 3, PEER],
  ["a port", "198.51.100.7:50000", 1, "198.51.100.7"],
  ["brackets", "[2001:db8:1:2:3:4:5:6]", 1, "2001:db8:1:2::/64"],
  ["brackets and a port", "[2001:db8:1:2:3:4:5:6]:443", 1, "2001:db8:1:2::/64"],
  ["a zone", "fe80::1%eth0", 1, "fe80:0:0:0::/64"],
  ["IPv4 as IPv6", "::ffff:198.51.100.7", 1, "198.51.100.7"],
  ["IPv4 as IPv6 in hexadecimal", "::FFFF:c633:6407", 1, "198.51.100.7"],
])("%s", ([, forwardedFor, trustedHops, expected]) => {
  expect(of(forwardedFor, trustedHops)).toBe(expected);
});

test.for([
  "unknown",
  "_hidden",
  "localhost",
  "198.51.100",
  "198.51.100.256",
  "198.51.100.07",
  "0x7f.0.0.1",
  "198.51.100.7:x",
  "[198.51.100.7]",
  "[2001:db8::1",
  "2001:db8::1::2",
  "1:2:3:4:5:6:7:8:9",
  "%eth0",
  "[]",
  "::1]/@[::2",
  "\0",
])("%j is no address: the proxy that wrote it counts, and never what stands before it", (garbage) => {
  expect(of(`1.1.1.1, ${garbage}`, 1)).toBe(PEER);
  expect(of(`1.1.1.1, ${garbage}, 203.0.113.9`, 2)).toBe("203.0.113.9");
});

test("all addresses of one /64 are one client, however they are written", () => {
  const written = ["2001:db8::1", "2001:DB8:0:0:ffff::", "[2001:db8::]:1", "2001:0db8:0000:0000:1:2:3:4"];
  expect(new Set(written.map((entry) => of(entry, 1)))).toEqual(new Set(["2001:db8:0:0::/64"]));
  expect(of("2001:db8:0:1::1", 1)).toBe("2001:db8:0:1::/64");
  expect(of(null, 0, "::ffff:10.0.0.8")).toBe(PEER);
});

test("a connection that has ended has one limit with all others", () => {
  expect(of(null, 0, "")).toBe("unknown");
});

test("nothing that a client writes before the trusted entries changes its address", () => {
  const text = fc.string({ unit: fc.constantFrom(..."0129afF:.,[]% x"), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.ipV4(), fc.ipV4(), fc.integer({ min: 1, max: 2 }), (written, client, proxy, hops) => {
      const appended = hops === 1 ? `${written}, ${client}` : `${written}, ${client}, ${proxy}`;
      expect(of(appended, hops)).toBe(client);
    }),
  );
});

test("no field makes a key that is long, or none", () => {
  const field = fc.string({ unit: fc.constantFrom(..."0129afF:.,[]% x"), maxLength: 60 });
  fc.assert(
    fc.property(field, fc.integer({ min: 0, max: 10 }), (forwardedFor, hops) => {
      expect(of(forwardedFor, hops)).toMatch(/^[\da-f.:/]{2,43}$/);
    }),
  );
});
