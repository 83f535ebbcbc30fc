/** Counts the results of a run of vitest. Errors outside of test cases count as failures. */

import type { TestCase, TestModule } from "vitest/node";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Skipped[];
}

/** A test that did not run. */
interface Skipped {
  readonly where: string;
  readonly reason: string;
}

export function tally(modules: readonly TestModule[], unhandled: readonly unknown[]): Tally {
  const cases = modules.flatMap((module) => [...module.children.allTests()]);
  const passed = cases.filter((each) => each.result().state === "passed").length;
  const skipped = cases.filter((each) => each.result().state === "skipped");
  // A case without a result was not reached, because its worker died. It counts as failed.
  const failedCases = cases.length - passed - skipped.length;
  return {
    passed,
    failed: failedCases + errorsOutsideCases(modules) + unhandled.length,
    skipped: skipped.map(toSkipped),
  };
}

/** The last line of a run. */
export function toLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped.length === 0 ? "" : `, ${skipped.length} skipped`}`;
}

/** Files that do not load and hooks that throw. vitest reports their cases as skipped. */
function errorsOutsideCases(modules: readonly TestModule[]): number {
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  return suites.reduce((sum, suite) => sum + suite.errors().length, 0);
}

function toSkipped(test: TestCase): Skipped {
  const result = test.result();
  const note = "note" in result ? result.note : undefined;
  return { where: `${test.module.relativeModuleId}: ${test.fullName}`, reason: note ?? "no reason given" };
}
