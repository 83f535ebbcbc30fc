import { expect, test } from "vitest";
import { ChannelError } from "./errors.ts";
import { Status } from "./status.ts";
import type { Target } from "./target.ts";
import { type Environment, targetFromEnvironment } from "./target-environment.ts";

function read(env: Environment): Target {
  return targetFromEnvironment("AGENT", env, { defaultPort: 50_051 });
}

function strategies(env: Environment): readonly string[] {
  return read(env).tiers.map(({ strategy }) => strategy);
}

/** The error text for invalid variables. */
function refusal(env: Environment): string {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ChannelError && error.code === Status.invalidArgument) return error.rawMessage;
    throw error;
  }
  throw new Error("the variables were accepted");
}

test("a host and its port make the environment tier", () => {
  expect(read({ AGENT_HOST: "10.0.10.7", AGENT_PORT: "50051" })).toMatchObject({
    name: "agent",
    tiers: [{ strategy: "env", endpoints: [{ host: "10.0.10.7", port: 50_051 }] }],
  });
});

test("each host of a list has its port, or the common one", () => {
  expect(read({ AGENT_HOST: "a:1, b:2" }).tiers).toEqual([
    {
      strategy: "env",
      endpoints: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
    },
  ]);
  expect(read({ AGENT_HOST: "a,b:2", AGENT_PORT: "9" }).tiers).toEqual([
    {
      strategy: "env",
      endpoints: [
        { host: "a", port: 9 },
        { host: "b", port: 2 },
      ],
    },
  ]);
});

test("tiers have the default order, whatever the order of the variables", () => {
  const env = { AGENT_DNS_NAME: "agent.local", AGENT_LB_ENDPOINT: "nlb.local:50051", AGENT_HOST: "a:1" };
  expect(strategies(env)).toEqual(["env", "lb", "dns"]);
  expect(read(env).tiers[2]).toEqual({ strategy: "dns", name: "agent.local", port: undefined, defaultPort: 50_051 });
});

test("the order can be set, and a strategy that it leaves out is not used", () => {
  const env = { AGENT_DNS_NAME: "agent.local:1", AGENT_LB_ENDPOINT: "nlb.local:50051", AGENT_HOST: "a:1" };
  expect(strategies({ ...env, AGENT_DISCOVERY: "dns, env" })).toEqual(["dns", "env"]);
});

test("a service of Cloud Map comes before DNS, unless the order says otherwise", () => {
  const env = { AGENT_CLOUD_MAP: "agent-team.local/agent", AGENT_DNS_NAME: "agent.local" };
  expect(strategies(env)).toEqual(["cloudmap", "dns"]);
  expect(strategies({ ...env, AGENT_DISCOVERY: "dns,cloudmap" })).toEqual(["dns", "cloudmap"]);
  expect(read(env).tiers[0]).toEqual({
    strategy: "cloudmap",
    namespace: "agent-team.local",
    service: "agent",
    defaultPort: 50_051,
  });
});

test("the name server and the zones are the same for every prefix", () => {
  const target = read({ AGENT_HOST: "a:1", DNS_SERVER: "127.10.0.2:8053", ZONE_CIDRS: "127.10.10.0/24=local-1a" });
  expect(target.dnsServer).toEqual({ host: "127.10.0.2", port: 8053 });
  expect(target.zones?.zoneOf("127.10.10.3")).toBe("local-1a");
  expect(read({ AGENT_HOST: "a:1", DNS_SERVER: "10.0.0.2" }).dnsServer).toEqual({ host: "10.0.0.2", port: 53 });
});

test.each<[Environment, string]>([
  [{ AGENT_HOST: "a", AGENT_PORT: "abc" }, "AGENT_PORT=abc: expected a port, an integer from 1 to 65535"],
  [{ AGENT_HOST: "a:70000" }, "AGENT_HOST=a:70000: expected a port, an integer from 1 to 65535"],
  [
    { AGENT_LB_ENDPOINT: "http://nlb.local:50051" },
    "AGENT_LB_ENDPOINT=http://nlb.local:50051: expected host or host:port without a scheme, got the scheme http",
  ],
  [
    { AGENT_DNS_NAME: "dns:///agent.local" },
    "AGENT_DNS_NAME=dns:///agent.local: expected host or host:port without a scheme, got the scheme dns",
  ],
  [
    { AGENT_HOST: "a:1,grpc://b:2" },
    "AGENT_HOST=a:1,grpc://b:2: expected host or host:port without a scheme, got the scheme grpc",
  ],
  [{ AGENT_HOST: "a" }, "AGENT_HOST=a: expected AGENT_PORT beside it, or host:port[,host:port…]"],
  [{ AGENT_HOST: "a:1,b" }, "AGENT_HOST=a:1,b: expected AGENT_PORT beside it, or host:port[,host:port…]"],
  [{ AGENT_HOST: "a:1,,b:2" }, "AGENT_HOST=a:1,,b:2: expected a host name or an IP address"],
  [{ AGENT_HOST: "", AGENT_PORT: "1" }, "AGENT_HOST=: expected a host name or an IP address"],
  [{ AGENT_PORT: "1" }, "AGENT_PORT=1: expected AGENT_HOST beside it"],
  [{ AGENT_LB_ENDPOINT: "nlb.local" }, "AGENT_LB_ENDPOINT=nlb.local: expected host:port"],
  [{ AGENT_DNS_NAME: "" }, "AGENT_DNS_NAME=: expected a DNS name, name[:port]"],
  [{ AGENT_DNS_NAME: " " }, "AGENT_DNS_NAME= : expected a DNS name, name[:port]"],
  [{ AGENT_DNS_NAME: "agent..local" }, "AGENT_DNS_NAME=agent..local: expected a host name or an IP address"],
  [{ AGENT_CLOUD_MAP: "agent", AGENT_HOST: "a:1" }, "AGENT_CLOUD_MAP=agent: expected namespace/service"],
  [
    { AGENT_DISCOVERY: "dns,consul", AGENT_HOST: "a:1" },
    "AGENT_DISCOVERY=dns,consul: expected a list of env, lb, cloudmap, dns, each at most once",
  ],
  [
    { AGENT_DISCOVERY: "dns,dns", AGENT_HOST: "a:1" },
    "AGENT_DISCOVERY=dns,dns: expected a list of env, lb, cloudmap, dns, each at most once",
  ],
  [
    { AGENT_DISCOVERY: "dns", AGENT_HOST: "a:1" },
    "AGENT_DISCOVERY=dns: expected the strategy of a variable that is set (AGENT_HOST)",
  ],
  [
    { AGENT_HOST: "a:1", DNS_SERVER: "ns.local" },
    "DNS_SERVER=ns.local: expected the IP address of a name server, with or without :port",
  ],
  [
    { AGENT_HOST: "a:1", ZONE_CIDRS: "10.0.10.0/99=a" },
    'ZONE_CIDRS=10.0.10.0/99=a: expected CIDR=zone[,CIDR=zone…], as in 10.0.10.0/24=us-east-1a; cannot read "10.0.10.0/99=a"',
  ],
  [{ AGENT_CLOUD_MAP: "ns/agent:50051" }, "AGENT_CLOUD_MAP=ns/agent:50051: expected namespace/service"],
  [
    { AGENT_DISCOVERY: "dns", AGENT_CLOUD_MAP: "ns/agent" },
    "AGENT_DISCOVERY=dns: expected the strategy of a variable that is set (AGENT_CLOUD_MAP)",
  ],
  [{}, "AGENT_HOST, AGENT_LB_ENDPOINT, AGENT_CLOUD_MAP, AGENT_DNS_NAME: expected at least one of them to be set"],
])("%j is refused in one line", (env, line) => {
  expect(refusal(env)).toBe(line);
});

test("a wrong variable is refused although its strategy is not in the order", () => {
  expect(refusal({ AGENT_DISCOVERY: "env", AGENT_HOST: "a:1", AGENT_DNS_NAME: "" })).toMatch(/^AGENT_DNS_NAME=/);
});

test("a long value with line breaks leads to one line of bounded length", () => {
  const line = refusal({ AGENT_HOST: `a\n${"b".repeat(10_000)}` });
  expect(line).not.toContain("\n");
  expect(line.length).toBeLessThan(300);
});
