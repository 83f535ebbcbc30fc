/**
 * Runs a target on many inputs. Each input has a seed of its own, so that one failure is repeated without the others. An input under
 * which the target does not end is a failure, too.
 */

import { runInNewContext } from "node:vm";
import { fuzzFrames } from "./frame-target.ts";
import { fuzzHpack } from "./hpack-target.ts";
import { Dice } from "./inputs.ts";
import { fuzzServer } from "./server-target.ts";

/** Makes an input from the dice and throws when the code under test does something wrong with it. */
export type Target = (dice: Dice) => void;

export const TARGETS: Readonly<Record<string, Target>> = {
  hpack: fuzzHpack,
  frames: fuzzFrames,
  server: fuzzServer,
};

export interface Failure {
  readonly seed: number;
  readonly error: unknown;
}

/** What `maxMs` is by default: about a hundred times what 10,000 inputs take. */
const MAX_MS = 60_000;

/** The failures of `count` inputs with the seeds from `firstSeed` on. Together they may take `maxMs`, or the one that runs then fails. */
export function fuzz(target: Target, firstSeed: number, count: number, maxMs: number = MAX_MS): Failure[] {
  const failures: Failure[] = [];
  const end = firstSeed + count;
  let seed = firstSeed;
  const run = (): void => {
    for (; seed < end; seed++) {
      try {
        target(new Dice(seed));
      } catch (error) {
        failures.push({ seed, error });
      }
    }
  };
  while (seed < end) {
    try {
      // A script's timeout is what interrupts a loop of the functions that it calls.
      runInNewContext("run()", { run }, { timeout: maxMs });
    } catch (error) {
      failures.push({ seed: seed++, error });
    }
  }
  return failures;
}
