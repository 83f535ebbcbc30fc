import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import type { FaultClient, Settle } from "../clients/client.ts";
import { OpenLoop } from "./open-loop.ts";

const OK = { code: 0, maybeProcessed: false };

/** Ends its first call at once, and keeps the others open. The process is busy for `busyMs` in the first. */
class HoldingClient implements FaultClient {
  readonly held: Settle[] = [];
  #isFirst = true;
  readonly #clock: FakeClock;
  readonly #busyMs: number;

  constructor(clock: FakeClock, busyMs: number) {
    this.#clock = clock;
    this.#busyMs = busyMs;
  }

  unary(_method: "read" | "write", _callId: string, _deadlineMs: number, settle: Settle): void {
    if (!this.#isFirst) return void this.held.push(settle);
    this.#isFirst = false;
    this.#clock.advance(this.#busyMs);
    settle(OK);
  }

  watch(): () => void {
    throw new Error("no streams here");
  }

  close(): void {}
}

test("calls that a busy process starts after the end are waited for, and no longer", async () => {
  const clock = new FakeClock();
  const client = new HoldingClient(clock, 10_000);
  const load = { rps: 20, serviceMs: 5, writes: 0, streams: 0, deadlineMs: 5_000 };
  const times = { warmMs: 0, faultMs: 0, healMs: 0, endMs: 1_000 };
  const running = new OpenLoop({ client, load, times, clock, random: seededRandom(1), startMs: clock.now() }).run();
  await clock.advanceAsync(1_000);
  expect(client.held.length).toBeGreaterThan(5);

  for (const settle of client.held) settle(OK);

  expect((await running).map(({ code }) => code)).toEqual(Array(client.held.length + 1).fill(0));
});
