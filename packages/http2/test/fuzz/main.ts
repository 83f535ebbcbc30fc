/**
 * `npm run fuzz [-- TARGET…] [--count N] [--seed N]`: feeds the targets, by default `hpack`, `frames` and `server`, with N inputs altogether, by
 * default 1,000,000. The inputs depend on the seed alone; a failure is printed with the seed that repeats it. The last line is
 * `N inputs, N failed`. Exit 0: none failed. 1: some did. 2: no such target or option.
 */

import { fuzz, TARGETS, type Target } from "./run.ts";
import { readTask, type Task } from "./task.ts";

const USAGE = "npm run fuzz [-- TARGET…] [--count N] [--seed N]";
const PRINTED_FAILURES = 10;
/** Inputs between two lines of progress. */
const INPUTS_PER_STEP = 10_000;

async function main(args: readonly string[]): Promise<number> {
  let task: Task;
  try {
    task = readTask(args);
  } catch (error) {
    console.error(`${USAGE}: ${(error as Error).message.replaceAll(/\s+/g, " ")}`);
    return 2;
  }
  const shares = task.names.map((_, i) => shareOf(task.count, task.names.length, i));
  let failures = 0;
  for (const [i, name] of task.names.entries()) failures += await runTarget(name, task.seed, shares[i] as number);
  console.log(`${task.count} inputs, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

/** The first targets take what is left over. */
function shareOf(count: number, targets: number, at: number): number {
  return Math.floor(count / targets) + (at < count % targets ? 1 : 0);
}

/** Returns the number of failures, and prints the first of them. */
async function runTarget(name: string, firstSeed: number, count: number): Promise<number> {
  let failed = 0;
  for (let done = 0; done < count; done += INPUTS_PER_STEP) {
    showProgress(`${name}: ${done} of ${count}`);
    const failures = fuzz(TARGETS[name] as Target, firstSeed + done, Math.min(INPUTS_PER_STEP, count - done));
    for (const { seed, error } of failures.slice(0, Math.max(0, PRINTED_FAILURES - failed)))
      console.log(`${name}: seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    failed += failures.length;
    // What connections have put off to a later turn holds them in memory until then.
    await new Promise((resolve) => setImmediate(resolve));
  }
  showProgress("");
  console.log(`${name}: ${count} inputs from seed ${firstSeed}, ${failed} failed`);
  return failed;
}

/** Overwrites one line of the terminal. Without a terminal it prints nothing. */
function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

process.exitCode = await main(process.argv.slice(2));
