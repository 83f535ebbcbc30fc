/**
 * Two data centres under one SRV name, with two priorities. All calls go to the first while it is reachable, to the second while it
 * is not, and back. No call fails.
 */

import { expect, test } from "vitest";
import { PriorityResolver } from "../src/resolver/priorities.ts";
import type { StubServer } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { IDEMPOTENT, send } from "./support/calls.ts";
import { until } from "./support/until.ts";

test("calls go to the lowest priority number that is reachable", async () => {
  await using bench = new Bench();
  const first = await bench.serve();
  const second = await bench.serve({ host: "127.0.0.2" });
  const ranked = [
    { host: second.host, port: second.port, priority: 20 },
    { host: first.host, port: first.port, priority: 10 },
  ];
  bench.resolver.update(ranked);
  const channel = bench.open(undefined, { resolvers: [new PriorityResolver(bench.resolver, bench.clock)] });

  /** The number of 20 calls that each server gets. */
  const shares = async (...servers: readonly StubServer[]): Promise<readonly number[]> => {
    const before = servers.map(({ calls }) => calls);
    for (let i = 0; i < 20; i++) {
      expect(await send(channel, IDEMPOTENT).ended()).toBeUndefined();
    }
    return servers.map(({ calls }, i) => calls - (before[i] as number));
  };

  expect(await shares(first, second)).toEqual([20, 0]);
  expect(bench.connectivity(second), "during the head start").toBeUndefined();
  await bench.passTimeUntil(() => bench.connectivity(second) === "ready", "the standby is connected");
  expect(await shares(first, second)).toEqual([20, 0]);

  await first.kill();
  await until(() => bench.connectivity(first) === "transient-failure", "the loss is seen");
  expect(await shares(first, second)).toEqual([0, 20]);

  const returned = await bench.serve({ host: first.host, port: first.port });
  await bench.passTimeUntil(() => bench.connectivity(returned) === "ready", "the first one is back");
  expect(await shares(returned, second)).toEqual([20, 0]);
});

test("when the lowest priority refuses connections from the start, the next one gets the calls without the head start", async () => {
  await using bench = new Bench();
  const gone = await bench.serve();
  await gone.kill();
  const second = await bench.serve({ host: "127.0.0.2" });
  bench.resolver.update([
    { host: gone.host, port: gone.port, priority: 10 },
    { host: second.host, port: second.port, priority: 20 },
  ]);
  bench.open(undefined, { resolvers: [new PriorityResolver(bench.resolver, bench.clock)] });
  await until(() => bench.connectivity(second) === "ready", "the second class is connected");
});
