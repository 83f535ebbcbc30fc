import { expect, test } from "vitest";
import { isChannelError } from "./errors.ts";
import { Status } from "./status.ts";
import type { TierConfig } from "./target.ts";
import { parseTarget } from "./target-uri.ts";

function dns(name: string, port: number | undefined): TierConfig {
  return { strategy: "dns", name, port, defaultPort: 443 };
}

test.each<[string, string, TierConfig]>([
  ["dns:///agent.local:50051", "agent.local:50051", dns("agent.local", 50_051)],
  ["dns:///agent.local", "agent.local", dns("agent.local", undefined)],
  ["dns:agent.local:1", "agent.local:1", dns("agent.local", 1)],
  ["agent.local:1", "agent.local:1", dns("agent.local", 1)],
  ["DNS:///agent.local:1", "agent.local:1", dns("agent.local", 1)],
  ["Dns:agent.local", "agent.local", dns("agent.local", undefined)],
  ["IPv4:10.0.0.1:1", "10.0.0.1:1", { strategy: "env", endpoints: [{ host: "10.0.0.1", port: 1 }] }],
  ["localhost:50051", "localhost:50051", dns("localhost", 50_051)],
  ["127.0.0.1:1", "127.0.0.1:1", { strategy: "env", endpoints: [{ host: "127.0.0.1", port: 1 }] }],
  ["[::1]", "[::1]", { strategy: "env", endpoints: [{ host: "::1", port: 443 }] }],
  [
    "ipv4:10.0.0.1:1,10.0.0.2:2",
    "10.0.0.1:1",
    {
      strategy: "env",
      endpoints: [
        { host: "10.0.0.1", port: 1 },
        { host: "10.0.0.2", port: 2 },
      ],
    },
  ],
  ["ipv6:[::1]:1", "[::1]:1", { strategy: "env", endpoints: [{ host: "::1", port: 1 }] }],
])("%s is read as gRPC reads it", (text, name, tier) => {
  expect(parseTarget(text, {})).toEqual({ name, tiers: [tier] });
});

test.each([
  ["unix:/run/agent.sock", "unix:/run/agent.sock"],
  ["unix:///run/agent.sock", "unix:/run/agent.sock"],
  ["unix:agent.sock", "unix:agent.sock"],
  ["unix-abstract:agent one", "unix-abstract:agent one"],
])("%s is the socket %s, and its authority is localhost", (text, host) => {
  const tiers = [{ strategy: "env", endpoints: [{ host, port: 0 }] }];
  expect(parseTarget(text, {})).toEqual({ name: host, authority: "localhost", tiers });
});

test("the authority of a DNS target is the name server", () => {
  expect(parseTarget("dns://127.0.0.1:8053/agent.local:1", {}).dnsServer).toEqual({ host: "127.0.0.1", port: 8053 });
  expect(parseTarget("dns://10.0.0.2/agent.local:1", {}).dnsServer).toEqual({ host: "10.0.0.2", port: 53 });
});

test.each([
  ["cloudmap:team.local/agent:50051", 50_051],
  ["cloudmap:team.local/agent", 443],
])("%s is a service of Cloud Map with a default port", (text, defaultPort) => {
  expect(parseTarget(text, {})).toEqual({
    name: "agent.team.local",
    tiers: [{ strategy: "cloudmap", namespace: "team.local", service: "agent", defaultPort }],
  });
});

test("env: takes the variables of its prefix", () => {
  const target = parseTarget("env:AGENT:50051", { AGENT_DNS_NAME: "agent.local" });
  expect(target.tiers).toEqual([{ strategy: "dns", name: "agent.local", port: undefined, defaultPort: 50_051 }]);
});

test.each([
  "",
  ":50051",
  "agent:abc",
  "http://agent:80",
  "xds:///agent",
  "dns://agent",
  "dns://name.server/agent",
  "dns:///",
  "ipv4:agent:1",
  "ipv4:10.0.0.1",
  "ipv4:10.0.0.1:1,",
  "ipv4:[::1]:1",
  "ipv6:10.0.0.1:1",
  "cloudmap:agent",
  "cloudmap:team.local/agent:abc",
  "cloudmap:///team.local/agent",
  "unix:",
  "unix://run/agent.sock",
  "unix-abstract:",
  `unix:/${"x".repeat(107)}`,
  "env:",
  "env:A-B",
])("%j is refused by name", (text) => {
  try {
    parseTarget(text, {});
    expect.unreachable();
  } catch (error) {
    expect(isChannelError(error) && error).toMatchObject({ code: Status.invalidArgument });
    expect((error as Error).message).toContain(`target "${text}": expected`);
  }
});

test.each(["http://agent:80", "xds:///agent", "dns:///http://agent"])(
  "%s is refused with its scheme and the known schemes",
  (text) => {
    const scheme = /(http|xds):/.exec(text)?.[1];
    expect(() => parseTarget(text, {})).toThrow(
      `target "${text}": expected dns, ipv4, ipv6, unix, unix-abstract, cloudmap, env or no scheme, got the scheme ${scheme}`,
    );
  },
);

test("our own schemes are not case-sensitive either", () => {
  expect(parseTarget("CloudMap:team.local/agent:1", {}).tiers).toMatchObject([{ strategy: "cloudmap" }]);
  expect(parseTarget("ENV:AGENT:1", { AGENT_HOST: "a:1" }).tiers).toMatchObject([{ strategy: "env" }]);
});
