import { FakeClock } from "@agent-team/foundation/fake-clock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { TestDnsServer } from "../../test/support/dns-server.ts";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { createPollingResolver } from "./polling-resolvers.ts";
import type { Resolver } from "./resolver.ts";

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

async function start(host: string, lanes = RESOLVER_DEFAULTS.lanes): Promise<void> {
  const tier = { strategy: "lb", host, port: 50_051 } as const;
  resolver = await createPollingResolver(tier, {
    ...RESOLVER_DEFAULTS,
    clock,
    random: () => 0.5,
    dnsServer: server.address,
    lanes,
  });
  resolver.start(listener);
}

test("every address of the name is several endpoints, one for each connection", async () => {
  server.setAddresses("nlb.test", ["10.0.10.9", "10.0.11.9"]);
  await start("nlb.test", 3);
  const result = await listener.next();
  expect(
    result.kind === "update" && [...result.set].map(({ host, kind, lane }) => `${host} ${kind} ${lane}`).sort(),
  ).toEqual([
    "10.0.10.9 load-balancer 0",
    "10.0.10.9 load-balancer 1",
    "10.0.10.9 load-balancer 2",
    "10.0.11.9 load-balancer 0",
    "10.0.11.9 load-balancer 1",
    "10.0.11.9 load-balancer 2",
  ]);
});

test("a name with AAAA records only has endpoints", async () => {
  server.setAddresses("nlb.test", ["fd00::9"]);
  await start("nlb.test", 1);
  expect(await listener.nextKeys()).toEqual(["[fd00::9]:50051"]);
});

test("a name that DNS has never had is left to the connecting socket, which also reads the hosts file", async () => {
  await start("nlb");
  expect(await listener.nextKeys()).toEqual(["nlb:50051", "nlb:50051#1"]);
});

test("a name that DNS has had is not left to the socket", async () => {
  server.setAddresses("nlb.test", ["10.0.10.9"]);
  await start("nlb.test", 1);
  await listener.nextKeys();
  server.forget();
  await clock.advanceAsync(10_000);
  expect((await listener.nextError()).message).toBe(
    "[unavailable] DNS nlb.test: the name does not exist or nothing is registered under it (A nlb.test: NXDOMAIN; AAAA nlb.test: NXDOMAIN)",
  );
});

test("addresses that DNS returns later replace the name", async () => {
  await start("nlb.test", 1);
  expect(await listener.nextKeys()).toEqual(["nlb.test:50051"]);
  server.setAddresses("nlb.test", ["10.0.10.9"]);
  await clock.advanceAsync(5_000);
  expect(await listener.nextKeys()).toEqual(["10.0.10.9:50051", "nlb.test:50051"]);
  resolver?.didFailToConnect("nlb.test:50051");
  expect(await listener.nextKeys()).toEqual(["10.0.10.9:50051"]);
});
