/** Takes the steps of a case at their times. */

import { type Clock, delay } from "@agent-team/foundation/clock";
import type { Action, Step, Times } from "../scenario.ts";

/** One action with the time at which it is due, in ms since the load began. */
export interface DueAction {
  readonly dueMs: number;
  readonly action: Action;
}

/** The actions of the fault and of its end in order, with the repeated ones written out. */
export function schedule(steps: readonly Step[], times: Times): readonly DueAction[] {
  return steps
    .filter(({ at }) => at !== "start")
    .flatMap((step) => dueTimes(step, times).map((dueMs) => ({ dueMs, action: step.action })))
    .filter(({ dueMs }) => dueMs < times.endMs)
    .toSorted((a, b) => a.dueMs - b.dueMs);
}

function dueTimes({ at, plusMs = 0, everyMs }: Step, { faultMs, healMs, endMs }: Times): readonly number[] {
  const [fromMs, toMs] = at === "fault" ? [faultMs, healMs] : [healMs, endMs];
  if (everyMs === undefined) return [fromMs + plusMs];
  const count = Math.max(0, Math.ceil((toMs - fromMs - plusMs) / everyMs));
  return Array.from({ length: count }, (_, i) => fromMs + plusMs + i * everyMs);
}

/** Resolves when the last action has been taken. An action that waits does not delay the next one. */
export async function play(
  actions: readonly DueAction[],
  clock: Clock,
  apply: (action: Action) => Promise<void>,
): Promise<void> {
  const startMs = clock.now();
  await Promise.all(
    actions.map(async ({ dueMs, action }) => {
      await delay(clock, Math.max(0, startMs + dueMs - clock.now()));
      await apply(action);
    }),
  );
}
