/** The results of a run of vitest. Errors outside of test cases count as failures. */

import { stripVTControlCharacters } from "node:util";
import type { TestCase, TestModule } from "vitest/node";

export interface Tally {
  readonly passed: number;
  readonly failed: readonly Finding[];
  readonly skipped: readonly Finding[];
}

/** A test that failed or did not run. */
interface Finding {
  readonly where: string;
  readonly reason: string;
}

/** Longest reason in a list of failures, in lines. The report above the list has the whole one. */
const MAX_REASON_LINES = 40;

export function tally(modules: readonly TestModule[], unhandled: readonly unknown[]): Tally {
  const cases = modules.flatMap((module) => [...module.children.allTests()]);
  const passed = cases.filter((each) => each.result().state === "passed");
  const skipped = cases.filter((each) => each.result().state === "skipped");
  // A case without a result was not reached, because its worker died. It counts as failed.
  const others = cases.filter((each) => !passed.includes(each) && !skipped.includes(each));
  return {
    passed: passed.length,
    failed: [
      ...others.map((each) => ({
        where: whereIs(each),
        reason: reasonOf(each.result().errors ?? ["was not reached"]),
      })),
      ...modules.flatMap(errorsOutsideCases),
      ...unhandled.map((error) => ({ where: "outside of the tests", reason: reasonOf([error]) })),
    ],
    skipped: skipped.map((each) => ({ where: whereIs(each), reason: noteOf(each) })),
  };
}

/** The last line of a run. */
export function toLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed.length} failed${skipped.length === 0 ? "" : `, ${skipped.length} skipped`}`;
}

/** Files that do not load and hooks that throw. vitest reports their cases as skipped. */
function errorsOutsideCases(module: TestModule): Finding[] {
  const where = module.relativeModuleId;
  return [module, ...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map((error) => ({ where, reason: reasonOf([error]) })),
  );
}

function whereIs(test: TestCase): string {
  return `${test.module.relativeModuleId}: ${test.fullName}`;
}

function noteOf(test: TestCase): string {
  const result = test.result();
  return ("note" in result ? result.note : undefined) ?? "no reason given";
}

/** Messages, each with the difference of the values where vitest found one. */
function reasonOf(errors: readonly unknown[]): string {
  const texts = errors.map((error) => {
    const { message = String(error), diff = "" } = Object(error) as {
      readonly message?: string;
      readonly diff?: string;
    };
    return diff === "" ? message : `${message}\n${diff}`;
  });
  const lines = stripVTControlCharacters(texts.join("\n")).split("\n");
  return lines.length > MAX_REASON_LINES ? [...lines.slice(0, MAX_REASON_LINES), "…"].join("\n") : lines.join("\n");
}
