/**
 * What connects is loaded when a channel is made. A machine that is slow at that has lost nothing: no time runs against an endpoint to
 * which nothing could connect yet.
 */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import { expect, test } from "vitest";
import { currentInbound, type InboundCall, underInbound } from "../src/inbound.ts";
import { type Channel, type CreateTransport, createChannel } from "../src/index.ts";
import { PriorityResolver } from "../src/resolver/priorities.ts";
import { ManualResolver, StubServer } from "../src/testing/index.ts";
import { send, UNARY } from "./support/calls.ts";
import { NO_PINGS } from "./support/defaults.ts";
import { silentPeer } from "./support/hostile-peers.ts";
import { TRANSPORTS } from "./support/loaded.ts";
import { until } from "./support/until.ts";

/** Of two tiers with an address each. Nothing is loaded when it returns. */
function open(clock: FakeClock, ...addresses: readonly HostPort[]): Channel {
  const tiers = addresses.map((address) => ({ strategy: "env", endpoints: [address] }) as const);
  return createChannel({ name: "agent", tiers }, { clock, failoverMs: 1_000, ...NO_PINGS });
}

const stateOf = (channel: Channel): readonly unknown[] =>
  channel.snapshot().tiers.map(({ standby, endpoints }) => (standby ? "standby" : endpoints[0]?.connectivity));

test("the first tier has all of failoverMs to connect, however long loading took", async () => {
  const clock = new FakeClock();
  await using slow = await silentPeer();
  await using other = await StubServer.start();
  await using channel = open(clock, slow, other);
  clock.advance(1_000);
  await until(() => stateOf(channel)[0] === "connecting", "the first tier connects");
  expect(stateOf(channel)).toEqual(["connecting", "standby"]);
  clock.advance(999);
  expect(stateOf(channel)).toEqual(["connecting", "standby"]);
  clock.advance(1);
  await until(() => stateOf(channel)[1] === "ready", "the second tier connects");
});

test("a call has all of maxWaitMs for a connection, however long loading took", async () => {
  const clock = new FakeClock();
  await using server = await StubServer.start();
  await using channel = open(clock, server);
  const call = send(channel);
  clock.advance(59_000); // the call ends after 60 s
  await until(() => call.hasEnded, "the call ends");
  expect(call.error).toBeUndefined();
});

test("a channel that is closed meanwhile connects to nothing and leaves no timer", async () => {
  const clock = new FakeClock();
  await using server = await StubServer.start();
  const channel = open(clock, server, server);
  await channel.close();
  await using next = open(clock, server);
  await until(() => stateOf(next)[0] === "ready", "what both channels load is there");
  expect(server.connections).toBe(1);
  await next.close();
  expect(clock.pendingTimers).toBe(0);
});

test("the first class of an SRV name has all of its head start, however long loading took", async () => {
  const clock = new FakeClock();
  await using slow = await silentPeer();
  await using other = await StubServer.start();
  const records = [slow, other].map(({ host, port }, priority) => ({ host, port, priority }));
  const resolver = new PriorityResolver(new ManualResolver(records), clock);
  await using channel = createChannel("dns:///agent", { clock, resolvers: [resolver], ...NO_PINGS });
  const states = (): unknown[] =>
    channel.snapshot().tiers.flatMap(({ endpoints }) => endpoints.map((e) => e.connectivity));
  clock.advance(1_000);
  await until(() => states()[0] === "connecting", "the first class connects");
  clock.advance(999);
  expect(states()).toEqual(["connecting"]);
  clock.advance(1);
  await until(() => states()[1] === "ready", "the second class connects");
});

test("a resolver that throws when it starts has no answer, and the next tier takes the calls", async () => {
  const clock = new FakeClock();
  await using server = await StubServer.start();
  class ThrowingResolver extends ManualResolver {
    override start(): void {
      throw new Error("not now");
    }
  }
  const resolvers = [new ThrowingResolver(), new ManualResolver([server])];
  await using channel = createChannel("dns:///agent", { clock, resolvers, ...NO_PINGS });
  expect(await send(channel).ended()).toBeUndefined();
  const reason = "the resolver resolver 0 could not be started: not now";
  expect(channel.snapshot().tiers.map(({ lastError }) => lastError)).toEqual([reason, undefined]);
});

test("a transport that cannot be made ends the calls that wait, and a call a second later tries it again", async () => {
  const clock = new FakeClock();
  await using server = await StubServer.start();
  let fails = true;
  const createTransport: CreateTransport = (...args) => {
    if (fails) throw new Error("not now");
    return TRANSPORTS.own(...args);
  };
  const resolvers = [new ManualResolver([server])];
  await using channel = createChannel("dns:///agent", { clock, resolvers, createTransport, ...NO_PINGS });
  const error = "[unavailable] the channel could not begin to connect: not now";
  expect((await send(channel).ended())?.message).toBe(error);
  expect([channel.connectivity, channel.snapshot().tiers]).toEqual(["transient-failure", []]);
  fails = false;
  expect((await send(channel).ended())?.message).toBe(error);
  clock.advance(1_000);
  expect(await send(channel).ended()).toBeUndefined();
});

test.each([0, 70_000])(
  "an endpoint with the impossible port %i ends calls, and a good one beside it takes them",
  async (port) => {
    const clock = new FakeClock();
    await using server = await StubServer.start();
    const resolver = new ManualResolver([{ host: "127.0.0.1", port }]);
    await using channel = createChannel("dns:///agent", { clock, resolvers: [resolver], ...NO_PINGS });
    const call = send(channel);
    await until(() => call.hasEnded, "the call ends");
    expect(call.error?.message).toMatch(/^\[unavailable\] .*(70000|ECONNREFUSED|EADDRNOTAVAIL)/);

    resolver.update([{ host: "127.0.0.1", port }, server]);
    await until(() => channel.connectivity === "ready", "the good endpoint is connected");
    expect(await send(channel).ended()).toBeUndefined();
  },
);

test("the error of a call whose deadline passes meanwhile says what it waited for", async () => {
  const clock = new FakeClock();
  await using server = await StubServer.start();
  await using channel = open(clock, server);
  const call = send(channel, UNARY, { timeoutMs: 5 });
  clock.advance(100);
  expect(call.error?.message).toBe(
    "[deadline_exceeded] 5 ms passed while waiting for an endpoint: no ready endpoint for agent (the client is still loading its code)",
  );
});

test("a channel that a handler makes does not begin its work for the handler's call", async () => {
  const inbound: InboundCall = {
    isAnswered: false,
    failure: undefined,
    previousAttempts: 0,
    remainingMs: () => 1,
    onFailure: () => () => {},
  };
  const started = Promise.withResolvers<InboundCall | undefined>();
  class AskingResolver extends ManualResolver {
    override start(): void {
      started.resolve(currentInbound());
    }
  }
  const resolvers = [new AskingResolver()];
  await using _channel = underInbound(inbound, () => createChannel("dns:///agent", { resolvers }));
  expect(await started.promise).toBeUndefined();
});
