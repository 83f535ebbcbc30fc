import { expect, test } from "vitest";
import { formatHostPort, isLocalhost, parseHostAndPort, parseHostPort, parsePort } from "./host-port.ts";

test.each([
  ["10.0.10.7:50051", "10.0.10.7", 50_051],
  ["[fd00::7]:1", "fd00::7", 1],
  ["workflow-agent.agent-team-local.local:65535", "workflow-agent.agent-team-local.local", 65_535],
  ["_grpc._tcp.agent:1", "_grpc._tcp.agent", 1],
  ["name.with.root.:53", "name.with.root.", 53],
])("%s is a host and a port", (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ value: { host, port } });
});

test("an IPv6 address is written in brackets", () => {
  expect(formatHostPort({ host: "10.0.10.7", port: 50051 })).toBe("10.0.10.7:50051");
  expect(formatHostPort({ host: "fd00::7", port: 50051 })).toBe("[fd00::7]:50051");
});

test("the port may be missing where that is allowed", () => {
  expect(parseHostAndPort("name")).toEqual({ value: { host: "name", port: undefined } });
  expect(parseHostAndPort("[::1]")).toEqual({ value: { host: "::1", port: undefined } });
  expect(parseHostPort("name")).toEqual({ error: "expected host:port" });
});

test.each([
  "",
  ":1",
  "a..b:1",
  "-a:1",
  "a b:1",
  "10.0.0.300:1",
  "1:2",
  "[10.0.0.1]:1",
  "fd00::7",
  "http://a:1",
  `${"a".repeat(64)}:1`,
])("%j is not a host with a port", (text) => {
  expect(parseHostAndPort(text)).toHaveProperty("error");
});

test.each(["", "0", "65536", "abc", "-1", "1.5", "1e3", " 1", "0x10"])("%j is not a port", (text) => {
  expect(parsePort(text)).toEqual({ error: "expected a port, an integer from 1 to 65535" });
});

test("localhost and names below it mean this machine", () => {
  expect(["localhost", "LOCALHOST.", "a.localhost"].every(isLocalhost)).toBe(true);
  expect(["notlocalhost", "localhost.example"].some(isLocalhost)).toBe(false);
});

test.each([
  ["http://a:1", "http"],
  ["HTTPS://a", "HTTPS"],
  ["dns:///a:1", "dns"],
  ["dns:a:1", "dns"],
  ["dns:a", "dns"],
  ["ipv4:10.0.0.1:1", "ipv4"],
  ["grpc+tls://a:1", "grpc+tls"],
])("%s is refused with the scheme that it has", (text, scheme) => {
  expect(parseHostPort(text)).toEqual({
    error: `expected host or host:port without a scheme, got the scheme ${scheme}`,
  });
});

test("a host may be called as a scheme is", () => {
  expect(parseHostPort("dns:53")).toEqual({ value: { host: "dns", port: 53 } });
});
