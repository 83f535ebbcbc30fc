/** One scenario with every policy and every seed. In: its name. Out: the figures of each policy, and comparisons with ours. */

import type { Job } from "./job.ts";
import { MEASURES, type MeasureName, type Measures } from "./measures.ts";
import type { Scenario } from "./scenario.ts";
import { type Comparison, compare, median } from "./statistics.ts";
import { OURS, SUBJECTS, type Subject, subjectNamed } from "./subjects.ts";

/** A figure over all seeds. */
export interface Figure {
  readonly median: number;
  readonly best: number;
  readonly worst: number;
}

export interface SubjectResult {
  readonly name: string;
  readonly figures: ReadonlyMap<MeasureName, Figure>;
  /** Calls pile up: times to the first byte grow as long as the run lasts. */
  readonly isUnstable: boolean;
  /** In the first measure of the scenario. Undefined for ours itself. */
  readonly comparison: Comparison | undefined;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly seeds: number;
  readonly subjects: readonly SubjectResult[];
}

/** A policy is unstable when so many of the calls of the second half are never answered. */
const UNSTABLE_RATIO = 0.02;

function subjectsOf({ hasFailures, subjects }: Scenario): readonly Subject[] {
  if (subjects !== undefined) return subjects.map(subjectNamed);
  return SUBJECTS.filter(({ isForFailures }) => hasFailures || !isForFailures);
}

export function jobsOf(scenario: Scenario, seeds: number, isSharing: boolean): readonly Job[] {
  return subjectsOf(scenario).flatMap((subject) =>
    Array.from({ length: seeds }, (_, i) => ({
      scenario: scenario.name,
      subject: subject.name,
      seed: i + 1,
      isSharing,
    })),
  );
}

/** `runs`: the figures of `jobsOf`, in its order. */
export function summarize(scenario: Scenario, seeds: number, runs: readonly Measures[]): ScenarioResult {
  const bySubject = new Map(
    subjectsOf(scenario).map(({ name }, i) => [name, runs.slice(i * seeds, (i + 1) * seeds)] as const),
  );
  const ours = bySubject.get(OURS) ?? [];
  const [first] = scenario.measures;
  return {
    scenario,
    seeds,
    subjects: [...bySubject].map(([name, theirs]) => ({
      name,
      figures: new Map(scenario.measures.map((measure) => [measure, figureOf(measure, theirs)])),
      isUnstable: median(valuesOf("unfinishedRatio", theirs)) > UNSTABLE_RATIO,
      comparison:
        name === OURS ? undefined : compare(valuesOf(first, ours), valuesOf(first, theirs), MEASURES[first].better),
    })),
  };
}

function figureOf(measure: MeasureName, runs: readonly Measures[]): Figure {
  const values = valuesOf(measure, runs).toSorted((a, b) => a - b);
  const least = values[0] ?? 0;
  const most = values.at(-1) ?? 0;
  const isLowerBetter = MEASURES[measure].better === "lower";
  return { median: median(values), best: isLowerBetter ? least : most, worst: isLowerBetter ? most : least };
}

function valuesOf(measure: MeasureName, runs: readonly Measures[]): readonly number[] {
  return runs.map((measures) => measures[measure] ?? 0);
}
