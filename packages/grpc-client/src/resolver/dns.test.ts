import { FakeClock } from "@agent-team/foundation/fake-clock";
import { formatHostPort } from "@agent-team/foundation/host-port";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { TestDnsServer } from "../../test/support/dns-server.ts";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { ZoneMap } from "../zone.ts";
import { createPollingResolver } from "./polling-resolvers.ts";
import type { Resolver } from "./resolver.ts";

const NAME = "agent.test";

let server: TestDnsServer;
let clock: FakeClock;
let listener: RecordingListener;
let resolver: Resolver | undefined;

beforeEach(async () => {
  server = await TestDnsServer.listen();
  clock = new FakeClock();
  listener = new RecordingListener();
});

afterEach(async () => {
  resolver?.close();
  await server[Symbol.asyncDispose]();
});

async function start(port?: number, zones?: ZoneMap): Promise<void> {
  resolver = await createPollingResolver(
    { strategy: "dns", name: NAME, port, defaultPort: 50_051 },
    { ...RESOLVER_DEFAULTS, clock, random: () => 0.5, dnsServer: server.address, zones },
  );
  resolver.start(listener);
}

/** Advances the clock by `ms` and waits for the query that is due then. */
async function askedAfter(ms: number): Promise<void> {
  const query = server.nextQuery();
  await clock.advanceAsync(ms);
  await query;
}

test("with a fixed port only addresses are queried", async () => {
  server.setAddresses(NAME, ["10.0.10.7"]);
  server.setServices(NAME, [{ target: "other.test", port: 1 }]);
  await start(9);
  expect(await listener.nextKeys()).toEqual(["10.0.10.7:9"]);
  expect(server.queries).toEqual([`A ${NAME}`]);
});

test("without a port and without SRV records the default port is used", async () => {
  server.setAddresses(NAME, ["10.0.10.7"]);
  await start();
  expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
});

test("the port and the name of a task come from its SRV record, and the zone from its subnet", async () => {
  server.setServices(NAME, [{ target: "t1.agent.test", port: 50_061 }]);
  server.setAddresses("t1.agent.test", ["10.0.10.7"]);
  const zones = ZoneMap.parse("10.0.10.0/24=us-east-1a");
  await start(undefined, "value" in zones ? zones.value : undefined);
  const result = await listener.next();
  expect(result.kind === "update" && [...result.set]).toEqual([
    {
      host: "10.0.10.7",
      port: 50_061,
      kind: "task",
      lane: 0,
      zone: "us-east-1a",
      name: "t1.agent.test",
      priority: 1,
      weight: 0,
    },
  ]);
});

test("SRV records with the lowest priority number come first, and the next ones after a second", async () => {
  server.setServices(NAME, [
    { target: "t2.agent.test", port: 2, priority: 20 },
    { target: "t1.agent.test", port: 1, priority: 10 },
    { target: "t2.agent.test", port: 1, priority: 30 },
  ]);
  server.setAddresses("t1.agent.test", ["10.0.10.7"]);
  server.setAddresses("t2.agent.test", ["10.0.10.8"]);
  await start();
  expect(await listener.nextKeys()).toEqual(["10.0.10.7:1"]);
  await clock.advanceAsync(1_000);
  expect(await listener.nextKeys()).toEqual(["10.0.10.7:1", "10.0.10.8:2"]);
  await clock.advanceAsync(1_000);
  expect(await listener.nextKeys()).toEqual(["10.0.10.7:1", "10.0.10.8:1", "10.0.10.8:2"]);
});

test("an address in two priority classes belongs to the better one", async () => {
  server.setServices(NAME, [
    { target: "t1.agent.test", port: 1, priority: 20 },
    { target: "t1.agent.test", port: 1, priority: 10 },
  ]);
  server.setAddresses("t1.agent.test", ["10.0.10.7"]);
  await start();
  const result = await listener.next();
  expect(result.kind === "update" && [...result.set]).toMatchObject([{ host: "10.0.10.7", priority: 10 }]);
});

test("a task without an address in the answer does not hide the others, and does not count as absent", async () => {
  server.setServices(NAME, [
    { target: "t1.agent.test", port: 1 },
    { target: "t2.agent.test", port: 2 },
  ]);
  server.setAddresses("t1.agent.test", ["10.0.10.7"]);
  server.setAddresses("t2.agent.test", ["10.0.10.8"]);
  await start();
  const both = ["10.0.10.7:1", "10.0.10.8:2"];
  expect(await listener.nextKeys()).toEqual(both);
  server.failFor("t2.agent.test");
  for (let i = 0; i < 5; i++) {
    await askedAfter(10_000);
    expect(await listener.nextKeys()).toEqual(both);
  }
});

test("a name that has had SRV records never falls back to the default port", async () => {
  server.setServices(NAME, [{ target: "t1.agent.test", port: 1 }]);
  server.setAddresses("t1.agent.test", ["10.0.10.7"]);
  server.setAddresses(NAME, ["10.0.10.7"]);
  await start();
  await listener.nextKeys();
  server.setServices(NAME, []);
  await askedAfter(10_000);
  expect((await listener.nextError()).message).toBe(
    `[unavailable] DNS ${NAME}: the name does not exist or nothing is registered under it (SRV ${NAME}: no records)`,
  );
  expect(server.queries).not.toContain(`A ${NAME}`);
});

test("samples of eight are merged, and onTruncated is called once", async () => {
  const fleet = Array.from({ length: 12 }, (_, index) => `10.0.10.${index + 10}`);
  server.setAddresses(NAME, fleet.slice(0, 8));
  await start(1);
  expect(await listener.nextKeys()).toHaveLength(8);
  expect(await listener.next()).toEqual({ kind: "truncated", records: 8 });
  server.setAddresses(NAME, fleet.slice(4));
  await askedAfter(10_000);
  expect(await listener.nextKeys()).toEqual(fleet.map((host) => formatHostPort({ host, port: 1 })));
  await askedAfter(10_000);
  expect(await listener.nextKeys()).toHaveLength(12);
});

test("the TTL of the records is the time until the next query", async () => {
  server.setAddresses(NAME, ["10.0.10.7"], 20);
  await start(1);
  await listener.nextKeys();
  await clock.advanceAsync(19_999);
  expect(server.queries).toHaveLength(1);
  await askedAfter(1);
  expect(server.queries).toHaveLength(2);
});

test("an unlisted address that refuses connections is removed at once, and comes back when it is listed again", async () => {
  server.setAddresses(NAME, ["10.0.10.7", "10.0.10.8"]);
  await start(1);
  await listener.nextKeys();
  server.setAddresses(NAME, ["10.0.10.7"]);
  await askedAfter(10_000);
  expect(await listener.nextKeys()).toHaveLength(2);
  resolver?.didFailToConnect("10.0.10.8:1");
  expect(await listener.nextKeys()).toEqual(["10.0.10.7:1"]);
  server.setAddresses(NAME, ["10.0.10.7", "10.0.10.8"]);
  await askedAfter(10_000);
  expect(await listener.nextKeys()).toHaveLength(2);
});

describe("the addresses of a name", () => {
  test("are those of its AAAA records when it has no A records", async () => {
    server.setAddresses(NAME, ["fd00::7"]);
    await start(9);
    expect(await listener.nextKeys()).toEqual(["[fd00::7]:9"]);
  });

  test("are the A records alone when it has both, so that a dual-stack task is one endpoint", async () => {
    server.setAddresses(NAME, ["10.0.10.7", "fd00::7"]);
    await start(9);
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:9"]);
    expect(server.queries).toEqual([`A ${NAME}`]);
  });

  test("are found when the query for A records fails and AAAA records exist", async () => {
    server.setAddresses(NAME, ["fd00::7"]);
    server.behaveFor("A", "servfail");
    await start(9);
    expect(await listener.nextKeys()).toEqual(["[fd00::7]:9"]);
  });

  test("are those of AAAA records for an SRV target too", async () => {
    server.setServices(NAME, [{ target: "t1.agent.test", port: 1 }]);
    server.setAddresses("t1.agent.test", ["fd00::7"]);
    await start();
    expect(await listener.nextKeys()).toEqual(["[fd00::7]:1"]);
  });
});

describe("without a port, a name server that", () => {
  test.each(["notimp", "servfail", "refused", "nxdomain"] as const)(
    "answers the SRV query with %s does not hide the addresses",
    async (behaviour) => {
      server.behaveFor("SRV", behaviour);
      server.setAddresses(NAME, ["10.0.10.7"]);
      await start();
      expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
    },
  );

  test("does not answer the SRV query gets a query for addresses after 1.5 s", async () => {
    server.behaveFor("SRV", "silent");
    server.setAddresses(NAME, ["10.0.10.7"]);
    await start();
    await server.nextQuery();
    await clock.advanceAsync(1_499);
    expect(server.queries).not.toContain(`A ${NAME}`);
    await clock.advanceAsync(1);
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
  });

  test("fails for the SRV records of a name that has had some does not cause a fallback to the default port", async () => {
    server.setServices(NAME, [{ target: "t1.agent.test", port: 1 }]);
    server.setAddresses("t1.agent.test", ["10.0.10.7"]);
    server.setAddresses(NAME, ["10.0.10.7"]);
    await start();
    await listener.nextKeys();
    server.behaveFor("SRV", "servfail");
    await askedAfter(10_000);
    expect((await listener.nextError()).message).toBe(
      `[unavailable] DNS ${NAME}: no address was found (SRV ${NAME}: SERVFAIL)`,
    );
  });
});

test.each([
  [".", 1],
  ["t1.agent.test", 0],
])(
  "an SRV record with the target %s and port %i is no task, and does not cause a fallback to the default port",
  async (target, port) => {
    server.setServices(NAME, [{ target, port }]);
    server.setAddresses(NAME, ["10.0.10.7"]);
    server.setAddresses("t1.agent.test", ["10.0.10.7"]);
    await start();
    expect((await listener.nextError()).message).toBe(
      `[unavailable] DNS ${NAME}: no address was found (SRV ${NAME}: the service is not available ("." or port 0))`,
    );
  },
);

describe("a name server that", () => {
  test("does not know the name leads to an error with the answer to each query", async () => {
    await start();
    expect((await listener.nextError()).message).toBe(
      `[unavailable] DNS ${NAME}: the name does not exist or nothing is registered under it (SRV ${NAME}: NXDOMAIN; A ${NAME}: NXDOMAIN; AAAA ${NAME}: NXDOMAIN)`,
    );
  });

  test("fails leads to an error with the answer to each query", async () => {
    server.behaveFor("SRV", "notimp");
    server.behaveFor("A", "servfail");
    await start();
    expect((await listener.nextError()).message).toBe(
      `[unavailable] DNS ${NAME}: no address was found (SRV ${NAME}: NOTIMP; A ${NAME}: SERVFAIL; AAAA ${NAME}: NXDOMAIN)`,
    );
  });

  test("does not answer leads to an error after 5 s, without a further query", async () => {
    server.behaviour = "silent";
    await start(9);
    await server.nextQuery();
    await clock.advanceAsync(4_999);
    expect(listener.results).toEqual([]);
    await clock.advanceAsync(1);
    const { message } = await listener.nextError();
    expect(message).toBe(`[unavailable] DNS ${NAME}: no address was found (A ${NAME}: no answer)`);
  });

  test("sends garbage leads to an error, and a later answer is used", async () => {
    server.behaviour = "garbage";
    server.setAddresses(NAME, ["10.0.10.7"]);
    await start(9);
    await server.nextQuery();
    await clock.advanceAsync(5_000);
    expect((await listener.nextError()).message).toMatch(/^\[unavailable\] DNS agent\.test: /);
    server.behaviour = "answer";
    await clock.advanceAsync(1_000);
    expect(await listener.nextKeys()).toEqual(["10.0.10.7:9"]);
  });

  test("fails for many tasks leads to an error of bounded length", async () => {
    server.setServices(
      NAME,
      Array.from({ length: 7 }, (_, n) => ({ target: `t${n}.agent.test`, port: 1 })),
    );
    await start();
    const { message } = await listener.nextError();
    expect(message).toMatch(/; and 7 more\)$/);
  });
});
