/**
 * A process starts while discovery is down. With the file of an earlier process it makes calls within a second; when discovery
 * answers again, the answers replace the file's endpoints.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Channel, type ChannelEvent, createChannel, targetFromEnvironment } from "../src/index.ts";
import { StubServer } from "../src/testing/index.ts";
import { send, UNARY } from "./support/calls.ts";
import { type Behaviour, TestDnsServer } from "./support/dns-server.ts";
import { createTransport } from "./support/loaded.ts";
import { until } from "./support/until.ts";

const NAME = "agent.test";

let folder: string;
let file: string;
let dns: TestDnsServer;
let server: StubServer;
let clock: FakeClock;
let events: ChannelEvent[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "last-known-good-"));
  file = join(folder, "agent.json");
  dns = await TestDnsServer.listen();
  server = await StubServer.start();
  clock = new FakeClock();
  events = [];
});

afterEach(async () => {
  expect(clock.pendingTimers).toBe(0);
  await server[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Starts a process's channel. */
function open(): Channel {
  const { host, port } = dns.address;
  const env = {
    AGENT_DNS_NAME: `${NAME}:${server.port}`,
    AGENT_LAST_KNOWN_GOOD_FILE: file,
    DNS_SERVER: `${host}:${port}`,
  };
  const channel = createChannel(targetFromEnvironment("AGENT", env, { defaultPort: 1 }), {
    clock,
    createTransport,
    random: seededRandom(1),
  });
  channel.on((event) => events.push(event));
  return channel;
}

/** A process that resolves the name, makes a call and ends. */
async function earlierProcess(): Promise<void> {
  dns.setAddresses(NAME, [server.host]);
  const channel = open();
  expect(await send(channel).ended()).toBeUndefined();
  clock.advance(0);
  await until(() => existsSync(file), "the file is written");
  await channel.close();
  events = [];
}

function eventsOf(type: ChannelEvent["type"]): readonly ChannelEvent[] {
  return events.filter((event) => event.type === type);
}

test.each<Behaviour>(["servfail", "silent"])(
  "with a name server that is %s the endpoints of the file get the call",
  async (behaviour) => {
    await earlierProcess();
    clock.advance(60_000);
    dns.behaviour = behaviour;
    await using channel = open();
    const call = send(channel);
    // A silent name server: the file is read when a second has passed. The time stops then, because reading takes real time.
    const stopMs = clock.now() + 1_100;
    await until(() => {
      if (clock.now() < stopMs) clock.advance(1);
      return eventsOf("endpoints-restored").length === 1;
    }, "the file is used");
    expect(await call.ended()).toBeUndefined();
    expect(server.calls).toBe(2);
    expect(eventsOf("endpoints-restored")).toMatchObject([{ tier: "dns", endpoints: 1 }]);
    expect(channel.snapshot().tiers[0]?.ageMs).toBeGreaterThanOrEqual(60_000);
  },
);

test("an answer replaces an endpoint of the file that is gone", async () => {
  await earlierProcess();
  await server.stop();
  dns.behaviour = "servfail";
  const before = server;
  server = await StubServer.start({ host: "127.0.0.2", port: before.port });
  await using channel = open();
  await until(() => eventsOf("endpoints-restored").length === 1, "the file is used");
  const call = send(channel, UNARY, { waitForReady: true });
  dns.setAddresses(NAME, [server.host]);
  dns.behaviour = "answer";
  await until(() => {
    clock.advance(1);
    return server.calls === 1;
  }, "the new task gets the call");
  expect(await call.ended()).toBeUndefined();
  await until(() => {
    clock.advance(1);
    return channel.snapshot().tiers[0]?.endpoints.length === 1;
  }, "the old task is removed");
  expect(channel.snapshot().tiers[0]?.endpoints).toMatchObject([{ address: server.address }]);
});

test("a corrupt file is reported and changes nothing", async () => {
  writeFileSync(file, '{"version":1', { mode: 0o600 });
  dns.behaviour = "servfail";
  await using channel = open();
  await until(() => eventsOf("endpoint-file-ignored").length === 1, "the report");
  expect(eventsOf("endpoint-file-ignored")).toEqual([
    { type: "endpoint-file-ignored", path: file, reason: "the file: expected JSON" },
  ]);
  dns.setAddresses(NAME, [server.host]);
  dns.behaviour = "answer";
  clock.advance(1_000);
  expect(await send(channel).ended()).toBeUndefined();
  clock.advance(0);
  await until(() => readFileSync(file, "utf8").includes(server.host), "the file is replaced");
});

test("while discovery answers, the file is not read", async () => {
  await earlierProcess();
  await using channel = open();
  expect(await send(channel).ended()).toBeUndefined();
  clock.advance(60_000);
  expect(eventsOf("endpoints-restored")).toEqual([]);
});
