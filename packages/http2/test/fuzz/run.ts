/** Runs a target on many inputs. Each input has a seed of its own, so that one failure is repeated without the others. */

import { fuzzFrames } from "./frame-target.ts";
import { fuzzHpack } from "./hpack-target.ts";
import { Dice } from "./inputs.ts";

/** Makes an input from the dice and throws when the code under test does something wrong with it. */
export type Target = (dice: Dice) => void;

export const TARGETS: Readonly<Record<string, Target>> = { hpack: fuzzHpack, frames: fuzzFrames };

export interface Failure {
  readonly seed: number;
  readonly error: unknown;
}

/** The failures of `count` inputs with the seeds from `firstSeed` on. */
export function fuzz(target: Target, firstSeed: number, count: number): Failure[] {
  const failures: Failure[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      target(new Dice(seed));
    } catch (error) {
      failures.push({ seed, error });
    }
  }
  return failures;
}
