/**
 * Tasks that come and go in DNS, with a real name server and real connections: which of them the channel keeps, connects to again,
 * and warns about.
 */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Channel, type ChannelEvent, createChannel, targetFromEnvironment } from "../src/index.ts";
import { StubServer } from "../src/testing/index.ts";
import { Load } from "./support/calls.ts";
import { TestDnsServer } from "./support/dns-server.ts";
import { createTransport } from "./support/loaded.ts";
import { turns, until } from "./support/until.ts";

const NAME = "agent.test";
const TTL_MS = 10_000;

let dns: TestDnsServer;
let clock: FakeClock;
let channel: Channel | undefined;
let events: ChannelEvent[];

beforeEach(async () => {
  dns = await TestDnsServer.listen();
  clock = new FakeClock();
  events = [];
});

afterEach(async () => {
  await channel?.close();
  expect(clock.pendingTimers).toBe(0);
  await dns[Symbol.asyncDispose]();
});

function open(port: number): Channel {
  const { host, port: dnsPort } = dns.address;
  const env = { AGENT_DNS_NAME: `${NAME}:${port}`, DNS_SERVER: `${host}:${dnsPort}` };
  channel = createChannel(targetFromEnvironment("AGENT", env, { defaultPort: 1 }), {
    clock,
    random: seededRandom(1),
    createTransport,
  });
  channel.on((event) => events.push(event));
  return channel;
}

/** `host connectivity`, with brackets around the host of a reserve. */
function endpoints(): readonly string[] {
  const known = channel?.snapshot().tiers[0]?.endpoints ?? [];
  return known.map(({ address, connectivity, isReserve }) => {
    const [host = ""] = address.split(":");
    return `${isReserve ? `(${host})` : host} ${connectivity}`;
  });
}

async function becomes(...expected: readonly string[]): Promise<void> {
  await until(() => endpoints().join() === expected.join(), `${expected.join()}, now ${endpoints().join()}`);
}

/** Makes so many calls, eight at a time, all with success. */
async function makeCalls(count: number): Promise<void> {
  const load = new Load(channel as Channel);
  await load.run(count);
  await load.stop();
  expect(load.errors).toEqual([]);
}

/** Lets the TTL pass, and waits for the answer that follows. */
async function nextAnswer(): Promise<void> {
  const query = dns.nextQuery();
  clock.advance(1.1 * TTL_MS);
  await query;
  await until(() => channel?.snapshot().tiers[0]?.ageMs === 0, "the answer is used");
}

test("a task that DNS no longer lists gets no calls while others are idle, and its stream ends well after its minute", async () => {
  await using first = await StubServer.start();
  await using second = await StubServer.start({ host: "127.0.0.2", port: first.port });
  await using third = await StubServer.start({ host: "127.0.0.3", port: first.port });
  dns.setAddresses(NAME, [first.host, second.host, third.host]);
  open(first.port);
  await becomes("127.0.0.1 ready", "127.0.0.2 ready", "127.0.0.3 ready");
  await makeCalls(20);

  dns.setAddresses(NAME, [first.host, second.host]);
  for (let i = 0; i < 3; i++) await nextAnswer();
  expect(endpoints()).toEqual(["127.0.0.1 ready", "127.0.0.2 ready", "(127.0.0.3) ready"]);
  const { calls } = third;
  await makeCalls(50);
  expect(third.calls).toBe(calls);

  for (let i = 0; i < 6; i++) await nextAnswer();
  expect(endpoints()).toEqual(["127.0.0.1 ready", "127.0.0.2 ready"]);
  await makeCalls(20);
});

test("a task that DNS no longer lists is not connected again when its connection ends", async () => {
  await using first = await StubServer.start();
  await using second = await StubServer.start({ host: "127.0.0.2", port: first.port });
  dns.setAddresses(NAME, [first.host, second.host]);
  open(first.port);
  await becomes("127.0.0.1 ready", "127.0.0.2 ready");
  dns.setAddresses(NAME, [first.host]);
  await nextAnswer();
  expect(endpoints()).toEqual(["127.0.0.1 ready", "127.0.0.2 ready"]);

  second.goaway();
  await becomes("127.0.0.1 ready");
  clock.advance(60_000);
  await turns(50);
  expect(second.connections).toBe(0);
});

test("an answer of eight records is reported once, with the variable to set", async () => {
  dns.setAddresses(
    NAME,
    Array.from({ length: 8 }, (_, i) => `127.0.9.${i + 1}`),
  );
  open(1);
  await until(() => events.some(({ type }) => type === "answer-truncated"), "the event");
  await nextAnswer();
  expect(events.filter(({ type }) => type === "answer-truncated")).toEqual([
    {
      type: "answer-truncated",
      tier: "dns",
      records: 8,
      remedy: "set AGENT_CLOUD_MAP=namespace/service: Cloud Map's API lists all tasks",
    },
  ]);
});
