/**
 * One run of the cases, as a process of any runtime. In: a `Way` as JSON, in the first argument. Out: a line of JSON for each case. It
 * is bundled and uses the package that is published.
 */

import { systemClock } from "@agent-team/foundation/clock";
import { CASES, FURTHER_CASES } from "./cases.ts";
import { openSubject, type Way } from "./subject.ts";

/** A case takes some milliseconds, and some seconds on a busy machine. */
const CASE_LIMIT_MS = 30_000;

/** What a case has come to. */
export interface CaseResult {
  readonly name: string;
  /** Undefined: it passed. */
  readonly error: string | undefined;
}

const subject = openSubject(JSON.parse(process.argv[2] ?? "") as Way);
for (const [name, run] of Object.entries({ ...CASES, ...FURTHER_CASES })) {
  const error = await Promise.race([errorOf(run(subject)), limit()]);
  const result: CaseResult = { name, error };
  console.log(JSON.stringify(result));
}
await subject[Symbol.asyncDispose]();
// A case that did not end may hold something that keeps the process running.
process.exit(0);

function errorOf(running: Promise<void>): Promise<string | undefined> {
  return running.then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  );
}

function limit(): Promise<string> {
  return new Promise((resolve) => {
    systemClock.setTimer(CASE_LIMIT_MS, () => resolve(`no end within ${CASE_LIMIT_MS} ms`));
  });
}
