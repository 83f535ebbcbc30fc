/** A server that admits ten calls at once and pushes back above: the channel settles below it, and no call is lost. */

import { expect, test } from "vitest";
import { Status } from "../src/index.ts";
import { echo } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { IDEMPOTENT, send } from "./support/calls.ts";
import { turns, until } from "./support/until.ts";

test("calls above the limit wait until one ends", async () => {
  await using bench = new Bench();
  let running = 0;
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await bench.serve({
    handlers: {
      "*": async (call) => {
        if (running === 10) return call.end(Status.resourceExhausted, "busy", { "grpc-retry-pushback-ms": "5" });
        running++;
        await released;
        await echo(call);
        running--;
      },
    },
  });
  const channel = await bench.connect([server]);
  const first = Array.from({ length: 10 }, () => send(channel, IDEMPOTENT));
  await until(() => running === 10, "ten calls run");
  const eleventh = send(channel, IDEMPOTENT);
  await until(() => server.calls === 11, "the eleventh is pushed back");
  await turns(5);
  const later = Array.from({ length: 3 }, () => send(channel, IDEMPOTENT));
  await bench.passTimeUntil(() => channel.snapshot().waitingCalls === 4, "the retry and the three wait");
  expect(server.calls).toBe(11);
  release();
  for (const call of [...first, eleventh, ...later]) expect(await call.ended()).toBeUndefined();
});
