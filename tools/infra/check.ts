/** A check is a statement about `infra/` that can be false. Each is one line of `npm run infra`. */

import { systemClock } from "@agent-team/foundation/clock";

export interface Check {
  readonly name: string;
  /** What the check needs and this machine lacks; undefined when it can run. */
  readonly missing?: (() => string | undefined) | undefined;
  /** What stays unchecked when the check is skipped. */
  readonly loss?: string | undefined;
  /** An error that it throws is a finding. */
  readonly run: () => Outcome | Promise<Outcome>;
}

export interface Outcome {
  /** What is wrong, a line each. */
  readonly findings: readonly string[];
  /** A figure to print: `92 resources`. */
  readonly note?: string | undefined;
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Reporting {
  readonly print: (line: string) => void;
  /** Counts a check that cannot run as failed. */
  readonly requireAll: boolean;
}

/** Runs all checks, also after a failure, one after the other: most of them need a whole processor. */
export async function runChecks(checks: readonly Check[], reporting: Reporting): Promise<Tally> {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    const missing = check.missing?.();
    tally[missing === undefined ? await runCheck(check, reporting.print) : skip(check, missing, reporting)] += 1;
  }
  return tally;
}

export function add(tallies: readonly Tally[]): Tally {
  const sum = (name: keyof Tally): number => tallies.reduce((total, tally) => total + tally[name], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** The last line of a run. */
export function toLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function skip({ name, loss }: Check, missing: string, { print, requireAll }: Reporting): "failed" | "skipped" {
  print(`${requireAll ? "FAILED " : "SKIPPED"} ${name}: ${missing}; not checked: ${loss ?? name}`);
  return requireAll ? "failed" : "skipped";
}

async function runCheck(check: Check, print: (line: string) => void): Promise<"passed" | "failed"> {
  const startedMs = systemClock.now();
  const { findings, note } = await outcomeOf(check);
  const seconds = ((systemClock.now() - startedMs) / 1_000).toFixed(1);
  const result = findings.length === 0 ? "passed" : "failed";
  const label = result === "passed" ? "ok     " : "FAILED ";
  print(`${label} ${check.name}${note === undefined ? "" : `: ${note}`} (${seconds} s)`);
  for (const finding of findings) print(finding.replaceAll(/^/gm, "        "));
  return result;
}

async function outcomeOf(check: Check): Promise<Outcome> {
  try {
    return await check.run();
  } catch (error) {
    return { findings: [error instanceof Error ? error.message : String(error)] };
  }
}
