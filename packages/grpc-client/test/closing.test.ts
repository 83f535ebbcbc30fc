/** A channel may be closed at any moment: in an event, at the end of a call, while its parts are loaded. Then it keeps nothing. */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { releaseRetryBudget, shareRetryBudget } from "../src/call/retry-budget.ts";
import { createChannel } from "../src/index.ts";
import { ManualResolver, StubServer } from "../src/testing/index.ts";
import { RecordedCall, send, UNARY } from "./support/calls.ts";
import { NO_PINGS } from "./support/defaults.ts";
import { until } from "./support/until.ts";

test("a channel that is closed again while it closes gives back its share of the retry budget once", async () => {
  const budget = shareRetryBudget("agent");
  const channel = createChannel("dns:///agent", { resolvers: [new ManualResolver()] });
  const closings: Promise<void>[] = [];
  channel.watchConnectivity(() => closings.push(channel.close()));
  const waiting = new RecordedCall(channel, UNARY, {}, () => closings.push(channel.close()));
  waiting.call.start();
  await channel.close();
  await Promise.all(closings);
  expect(closings).toHaveLength(2);
  expect(shareRetryBudget("agent")).toBe(budget);
  for (let i = 0; i < 2; i++) releaseRetryBudget("agent");
});

test("a channel that a caller closes because nothing could be loaded stays closed", async () => {
  const createTransport = (): never => {
    throw new Error("not now");
  };
  const channel = createChannel("dns:///agent", { resolvers: [new ManualResolver()], createTransport });
  const seen: string[] = [];
  channel.watchConnectivity((connectivity) => seen.push(connectivity));
  const waiting = new RecordedCall(channel, UNARY, {}, () => void channel.close());
  waiting.call.start();
  expect((await waiting.ended())?.rawMessage).toBe("the channel could not begin to connect: not now");
  expect([channel.connectivity, seen]).toEqual(["shutdown", ["shutdown"]]);
});

test("a channel that is closed in any event of a failover leaves no resolver, connection or timer", async () => {
  const seen: string[] = [];
  for (let isDone = false; !isDone; ) {
    const clock = new FakeClock();
    await using first = await StubServer.start();
    await using second = await StubServer.start();
    const resolvers = [first, second].map((server) => new ManualResolver([server]));
    const channel = createChannel("dns:///agent", { clock, resolvers, ...NO_PINGS });
    let events = 0;
    channel.on(({ type }) => {
      if (++events <= seen.length || channel.connectivity === "shutdown") return;
      seen.push(type);
      void channel.close();
    });
    const isClosed = (): boolean => channel.connectivity === "shutdown";
    await until(() => isClosed() || channel.connectivity === "ready", "the first endpoint is connected");
    if (!isClosed()) send(channel);
    await until(() => isClosed() || first.calls > 0, "a call arrives");
    await first.kill();
    await until(() => isClosed() || second.connections > 0, "the second endpoint is connected");
    await until(() => isClosed() || channel.connectivity === "ready", "the channel is ready again");
    isDone = !isClosed();
    await channel.close();
    expect([seen, resolvers.map((resolver) => resolver.isClosed)]).toEqual([seen, [true, true]]);
    await until(() => first.connections + second.connections === 0, `the connections are closed: ${seen.at(-1)}`);
    expect([seen, clock.pendingTimers]).toEqual([seen, 0]);
  }
  expect(seen.slice(0, 2)).toEqual(["endpoints-changed", "endpoints-changed"]);
  expect(new Set(seen).size).toBe(4);
});
