/** One run, as the main thread gives it to a worker: everything is a name or a number. */

import type { Measures } from "./measures.ts";
import { scenarioNamed } from "./scenarios.ts";
import { subjectNamed } from "./subjects.ts";

export interface Job {
  readonly scenario: string;
  readonly subject: string;
  readonly seed: number;
  /** Hosts share their slots among all requests, in every scenario. */
  readonly isSharing: boolean;
}

export async function runJob({ scenario, subject, seed, isSharing }: Job): Promise<Measures> {
  return await scenarioNamed(scenario).run(subjectNamed(subject), seed, { isSharing });
}
