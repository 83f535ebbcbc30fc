/**
 * The HTTP/2 of a channel is loaded when the channel is made. A machine that is slow at that has lost nothing: no time runs against an
 * endpoint to which nothing could connect yet.
 */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import { expect, test } from "vitest";
import { type Channel, createChannel } from "../src/index.ts";
import { StubServer } from "../src/testing/index.ts";
import { send } from "./support/calls.ts";
import { NO_PINGS } from "./support/defaults.ts";
import { silentPeer } from "./support/hostile-peers.ts";
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
