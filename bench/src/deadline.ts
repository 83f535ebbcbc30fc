/**
 * What the deadline of a call costs from its start to its end: the real wheel on the process's own clock. `alone`: one call
 * after another. `beside another`: the same while one call runs on. `timer of its own`: a timer
 * that is set and cancelled for each call.
 */

import { systemClock } from "@agent-team/foundation/clock";
// oxlint-disable no-restricted-imports -- The wheel is no part of the package's surface, and a whole call around it would be
// a hundred times the cost measured here.
import { type DeadlineEntry, DeadlineWheel, OUTSIDE_WHEEL } from "../../packages/grpc-client/src/call/deadline.ts";
// oxlint-enable no-restricted-imports
import type { Figures, RunOptions } from "./benchmark.ts";
import { median } from "./median.ts";

/** As far ahead as the deadline of a unary call that states none: it does not pass while the bench runs. */
const DEADLINE_MS = 60_000;
const CALLS_PER_ROUND = 20_000;
const ROUNDS = 100;
/** Rounds that do not count, for the JIT. */
const WARM_UP_ROUNDS = 20;

export async function deadline({ quick, progress }: RunOptions): Promise<Figures> {
  const rounds = quick ? 2 : ROUNDS;
  const deadlineMs = systemClock.now() + DEADLINE_MS;
  const alone = new DeadlineWheel(systemClock);
  const besideAnother = new DeadlineWheel(systemClock);
  const running = new Deadline(deadlineMs);
  besideAnother.add(running);
  const cases = [
    { name: "alone", run: () => runOn(alone, deadlineMs), ns: [] as number[] },
    { name: "beside another", run: () => runOn(besideAnother, deadlineMs), ns: [] as number[] },
    { name: "timer of its own", run: runTimers, ns: [] as number[] },
  ];
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    progress(`round ${Math.max(0, round)} of ${rounds}`);
    for (const { run, ns } of cases) {
      const startedMs = performance.now();
      run();
      if (round > 0) ns.push(((performance.now() - startedMs) * 1e6) / CALLS_PER_ROUND);
    }
    // Timers run between rounds, as they do between the calls of a service.
    await new Promise((resolve) => setImmediate(resolve));
  }
  besideAnother.remove(running);
  const ours = Object.fromEntries(cases.map(({ name, ns }) => [name, median(ns)]));
  const notes = [`ns of wall time: medians of ${rounds} rounds of ${CALLS_PER_ROUND} calls`];
  return { unit: "ns per call", ours, peers: {}, notes };
}

function runOn(wheel: DeadlineWheel, deadlineMs: number): void {
  for (let i = 0; i < CALLS_PER_ROUND; i++) {
    const entry = new Deadline(deadlineMs);
    wheel.add(entry);
    wheel.remove(entry);
  }
}

function runTimers(): void {
  for (let i = 0; i < CALLS_PER_ROUND; i++) systemClock.setTimer(DEADLINE_MS, () => {}).cancel();
}

class Deadline implements DeadlineEntry {
  readonly deadlineMs: number;
  wheelSlot: number = OUTSIDE_WHEEL;
  wheelIndex = 0;

  constructor(deadlineMs: number) {
    this.deadlineMs = deadlineMs;
  }

  onDeadline(): void {
    throw new Error("the deadline of the bench has passed");
  }
}
