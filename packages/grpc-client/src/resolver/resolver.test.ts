import { type RegisteredInstance, TestCloudMapApi, task } from "../../test/support/cloud-map-api.ts";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { TestDnsServer } from "../../test/support/dns-server.ts";
import type { TierConfig } from "../target.ts";
import { createResolver } from "./create.ts";
import { type AnswerSource, type MakeSubject, resolverContract } from "./resolver.contract.ts";

const AGENT = "agent.test";

/** A resolver for `tier` that queries a name server on loopback, with the records that `prepare` sets. */
function askingDns(tier: TierConfig, keys: readonly string[], prepare: (server: TestDnsServer) => void): MakeSubject {
  return async (clock) => {
    const server = await TestDnsServer.listen();
    prepare(server);
    return {
      resolver: createResolver(tier, { ...RESOLVER_DEFAULTS, clock, random: () => 0.5, dnsServer: server.address }),
      keys,
      source: sourceOf(server, prepare),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  };
}

function sourceOf(server: TestDnsServer, prepare: (server: TestDnsServer) => void): AnswerSource {
  return {
    get asked() {
      return server.queries.length;
    },
    fail(how) {
      if (how === "error") server.behaviour = "servfail";
      else server.forget();
    },
    recover() {
      server.behaviour = "answer";
      prepare(server);
    },
  };
}

resolverContract("env", async (clock) => ({
  resolver: createResolver(
    {
      strategy: "env",
      endpoints: [
        { host: "localhost", port: 1 },
        { host: "10.0.10.7", port: 2 },
      ],
    },
    { ...RESOLVER_DEFAULTS, clock, random: () => 0.5 },
  ),
  keys: ["10.0.10.7:2", "localhost:1"],
  async [Symbol.asyncDispose]() {},
}));

resolverContract(
  "lb",
  askingDns({ strategy: "lb", host: "nlb.test", port: 50_051 }, ["10.0.10.9:50051", "10.0.10.9:50051#1"], (server) =>
    server.setAddresses("nlb.test", ["10.0.10.9"]),
  ),
);

resolverContract(
  "dns, A records",
  askingDns(
    { strategy: "dns", name: AGENT, port: 50_051, defaultPort: 1 },
    ["10.0.10.7:50051", "10.0.11.8:50051"],
    (server) => server.setAddresses(AGENT, ["10.0.10.7", "10.0.11.8"]),
  ),
);

resolverContract(
  "dns, SRV records",
  askingDns(
    { strategy: "dns", name: AGENT, port: undefined, defaultPort: 1 },
    ["10.0.10.7:50061", "10.0.11.8:50062"],
    (server) => {
      server.setServices(AGENT, [
        { target: `t1.${AGENT}`, port: 50_061 },
        { target: `t2.${AGENT}`, port: 50_062 },
      ]);
      server.setAddresses(`t1.${AGENT}`, ["10.0.10.7"]);
      server.setAddresses(`t2.${AGENT}`, ["10.0.11.8"]);
    },
  ),
);

const TASKS: readonly RegisteredInstance[] = [task("10.0.10.7"), task("10.0.11.8", { AWS_INSTANCE_PORT: "50061" })];

resolverContract("cloudmap", async (clock) => {
  const api = await TestCloudMapApi.listen();
  api.setInstances(TASKS);
  return {
    resolver: createResolver(
      { strategy: "cloudmap", namespace: "agent-team.local", service: "agent", defaultPort: 1 },
      { ...RESOLVER_DEFAULTS, clock, random: () => 0.5 },
    ),
    keys: ["10.0.10.7:50051", "10.0.11.8:50061"],
    source: {
      get asked() {
        return api.requests.length;
      },
      fail(how) {
        if (how === "error") api.behaviour = { status: 500, error: "InternalFailure" };
        else api.setInstances([]);
      },
      recover() {
        api.behaviour = "answer";
        api.setInstances(TASKS);
      },
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
});
