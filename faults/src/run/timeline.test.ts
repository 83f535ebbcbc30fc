import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import type { Action, Step } from "../scenario.ts";
import { play, schedule } from "./timeline.ts";

const TIMES = { warmMs: 100, faultMs: 200, healMs: 500, endMs: 700 };

function goaway(host: number): Action {
  return { kind: "goaway", hosts: [host] };
}

test("a repeated step ends where the next mark begins", () => {
  const steps: Step[] = [
    { at: "fault", plusMs: 50, everyMs: 100, action: goaway(0) },
    { at: "heal", action: goaway(1) },
  ];

  expect(schedule(steps, TIMES)).toEqual([
    { dueMs: 250, action: goaway(0) },
    { dueMs: 350, action: goaway(0) },
    { dueMs: 450, action: goaway(0) },
    { dueMs: 500, action: goaway(1) },
  ]);
});

test("an action that waits does not delay the next one", async () => {
  const clock = new FakeClock();
  const taken: Action[] = [];
  const actions = [
    { dueMs: 10, action: goaway(0) },
    { dueMs: 20, action: goaway(1) },
  ];
  void play(actions, clock, (action) => {
    taken.push(action);
    return new Promise(() => {});
  });
  clock.advance(20);
  await new Promise((resolve) => setImmediate(resolve));

  expect(taken).toEqual([goaway(0), goaway(1)]);
});
