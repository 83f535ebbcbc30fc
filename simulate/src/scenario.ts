/** A scenario: what happens, which figures it is about, and how one run of one policy with one seed gives them. */

import type { MeasureName, Measures } from "./measures.ts";
import type { Subject } from "./subjects.ts";

interface RunOptions {
  /** Hosts share their slots among all requests, whatever the scenario says. */
  readonly isSharing: boolean;
}

export interface Scenario {
  readonly name: string;
  /** What happens, in one or two sentences, with all numbers. */
  readonly story: string;
  /** The columns of its table. Claims are about the first one. */
  readonly measures: readonly [MeasureName, ...MeasureName[]];
  /** Runs with the seeds 1 to this. */
  readonly seeds: number;
  /** Without it policies that react to failed calls only are left out. */
  readonly hasFailures: boolean;
  /** The names of the policies that it compares. Default: all. */
  readonly subjects?: readonly string[];
  run(subject: Subject, seed: number, options: RunOptions): Promise<Measures>;
}
