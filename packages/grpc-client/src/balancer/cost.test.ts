/**
 * How failures change an endpoint's share of the calls, in virtual time with the real picker. Each caller makes one call after the
 * other. Of three endpoints, one fails, and the others answer after 10 ms.
 */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { attemptAt, callThatTried, candidate, endAttempt, learningLoads, OUTCOME } from "../../test/support/loads.ts";
import type { Outcome } from "../outcome.ts";
import type { Candidate } from "./candidate.ts";
import { cost, failingFactor } from "./cost.ts";
import { ScanPicker } from "./scan.ts";

const SEED = 20_261_128;
const ANSWER_MS = 10;

interface Host {
  /** The share of its calls that fail at an instant, 0 to 1. */
  readonly failing: (nowMs: number) => number;
  /** Duration of a failed call. */
  readonly failsAfterMs: number;
  /** How long a call takes that begins at an instant. */
  readonly answersAfterMs: number | ((nowMs: number) => number);
}

function answerTimeOf({ answersAfterMs }: Host, nowMs: number): number {
  return typeof answersAfterMs === "number" ? answersAfterMs : answersAfterMs(nowMs);
}

function endOf(fails: boolean, durationMs: number): Outcome {
  return fails
    ? { ...OUTCOME, kind: "failure", class: "rejected", ttfbMs: undefined, durationMs }
    : { ...OUTCOME, ttfbMs: durationMs, durationMs };
}

/** The share of the calls that each endpoint gets from `fromMs` to `untilMs`. */
function shares(hosts: readonly Host[], callers: number, fromMs: number, untilMs: number): number[] {
  const clock = new FakeClock();
  const random = seededRandom(SEED);
  const { loads, costs } = learningLoads(clock);
  const candidates = hosts.map((_, i) => candidate({ host: `10.0.0.${i}` }, { loads }));
  costs.update(candidates.map(({ load }) => load));
  const picker = new ScanPicker(candidates, random);
  const calls = hosts.map(() => 0);
  const callOnce = (): void => {
    const pick = picker.pick(callThatTried());
    if (pick.kind !== "complete") throw new Error("expected an endpoint");
    const at = candidates.indexOf(pick.subchannel as Candidate);
    const host = hosts[at] as Host;
    const { load } = pick.subchannel;
    if (clock.now() >= fromMs) calls[at] = (calls[at] ?? 0) + 1;
    const attempt = attemptAt(clock.now());
    load.didStart(attempt);
    const fails = random() < host.failing(clock.now());
    const durationMs = fails ? host.failsAfterMs : answerTimeOf(host, clock.now());
    clock.setTimer(durationMs, () => {
      endAttempt(load, attempt, endOf(fails, durationMs));
      callOnce();
    });
  };
  for (let i = 0; i < callers; i++) callOnce();
  clock.advance(untilMs);
  const all = calls.reduce((sum, count) => sum + count, 0);
  return calls.map((count) => count / all);
}

const WORKS: Host = { failing: () => 0, failsAfterMs: 1, answersAfterMs: ANSWER_MS };
const failing = (ratio: number): Host => ({ ...WORKS, failing: () => ratio });

test.each([
  [1, 60_000],
  [10, 20_000],
  [100, 5_000],
  [1_000, 1_000],
])("an endpoint that fails calls in 1 ms gets almost no calls at %i in flight", (callers, untilMs) => {
  const [share = 1] = shares([failing(1), WORKS, WORKS], callers, 0, untilMs);
  // Each caller may have started a call to it before the first failure was known.
  expect(share, `seed ${SEED}`).toBeLessThan(0.005);
});

// The σ of a third of some 10⁴ calls is half a per cent, and shares of equal endpoints vary less.
test.each([0.02, 0.05, 0.2, 0.5, 0.9])(
  "an endpoint that fails a share of %d in 1 ms gets at most its third, at 1, 10 and 100 in flight",
  (ratio) => {
    for (const callers of [1, 10, 100]) {
      const [share = 1] = shares([failing(ratio), WORKS, WORKS], callers, 0, callers === 1 ? 60_000 : 10_000);
      expect(share, `seed ${SEED}, ${callers} in flight`).toBeLessThanOrEqual(0.335);
    }
  },
);

test("endpoints with equal failure rates get equal shares", () => {
  for (const share of shares([failing(0.2), failing(0.2), failing(0.2)], 10, 5_000, 305_000)) {
    expect(Math.abs(share - 1 / 3), `seed ${SEED}`).toBeLessThan(0.05);
  }
});

// Without ejection: it is tried again when (f × 5 + 1) × (1 + 5 f + 50 f²) is below 5, the cost of the others with ten calls in
// flight. That is f = 0.15, which a rate of 1 reaches after 10 s × ln(1 ÷ 0.15) = 19 s.
test("an endpoint that works again has its share 22 s later", () => {
  const mends: Host = { ...WORKS, failing: (nowMs) => (nowMs < 30_000 ? 1 : 0) };
  const [share = 0] = shares([mends, WORKS, WORKS], 10, 52_000, 62_000);
  expect(share, `seed ${SEED}`).toBeGreaterThan(0.3);
});

const slower = (times: number): Host => ({ ...WORKS, answersAfterMs: times * ANSWER_MS });

test.each([1, 10])("an endpoint that is ten times slower gets a small share, from %i callers", (callers) => {
  const [share = 1] = shares([slower(10), WORKS, WORKS], callers, 5_000, 65_000);
  // With c calls in flight on each of the others it is picked where (1 × 10) is below (c + 1): not at one or ten callers.
  expect(share, `seed ${SEED}`).toBeLessThan(0.005);
});

test("an endpoint that is as fast as the others again has its share within a minute under load", () => {
  const mends: Host = { ...WORKS, answersAfterMs: (nowMs) => (nowMs < 30_000 ? 10 : 1) * ANSWER_MS };
  const [share = 0] = shares([mends, WORKS, WORKS], 10, 90_000, 100_000);
  expect(share, `seed ${SEED}`).toBeGreaterThan(0.3);
});

test("with all calls in flight elsewhere, an endpoint that fails every call costs more than the busiest", () => {
  for (const busiest of [0, 1, 10, 10_000]) {
    expect(cost(0 + 1 * busiest, failingFactor(1))).toBeGreaterThan(cost(busiest, 1.5));
  }
});
