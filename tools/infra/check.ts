/** A check is a sentence about `infra/` that can be false. Each is one line of `npm run infra`. */

import { systemClock } from "@agent-team/foundation/clock";

export interface Check {
  /** What is looked at, and by what. */
  readonly name: string;
  /** What the check needs and this machine lacks; nothing when all is there. Without it the check always runs. */
  readonly missing?: (() => string | undefined) | undefined;
  /** What stays unknown when the check is skipped. */
  readonly loss?: string | undefined;
  /** What was wrong, a line each, and what is worth telling when nothing was. @throws what a program that failed said */
  readonly run: () => Outcome | Promise<Outcome>;
}

export interface Outcome {
  readonly findings: readonly string[];
  /** A figure or a limit, for people: `92 resources`. */
  readonly note?: string | undefined;
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Reporting {
  readonly print: (line: string) => void;
  /** Counts what cannot run as failed. */
  readonly requireAll: boolean;
}

/** Runs all, whatever failed before, one after the other: most of them want a whole processor. */
export async function runChecks(checks: readonly Check[], reporting: Reporting): Promise<Tally> {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of checks) {
    const missing = check.missing?.();
    if (missing === undefined) tally[await runCheck(check, reporting.print)] += 1;
    else tally[report(check, missing, reporting)] += 1;
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

function report({ name, loss }: Check, missing: string, { print, requireAll }: Reporting): "failed" | "skipped" {
  print(`${requireAll ? "FAILED " : "SKIPPED"} ${name}: ${missing}; not checked: ${loss ?? name}`);
  return requireAll ? "failed" : "skipped";
}

async function runCheck(check: Check, print: (line: string) => void): Promise<"passed" | "failed"> {
  const startedMs = systemClock.now();
  const { findings, note } = await outcomeOf(check);
  const seconds = ((systemClock.now() - startedMs) / 1_000).toFixed(1);
  const isGood = findings.length === 0;
  print(`${isGood ? "ok     " : "FAILED "} ${check.name}${note === undefined ? "" : `: ${note}`} (${seconds} s)`);
  for (const finding of findings) print(finding.replaceAll(/^/gm, "        "));
  return isGood ? "passed" : "failed";
}

async function outcomeOf(check: Check): Promise<Outcome> {
  try {
    return await check.run();
  } catch (error) {
    return { findings: [error instanceof Error ? error.message : String(error)] };
  }
}
