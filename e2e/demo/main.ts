/**
 * `npm run demo`: starts the whole system on this machine, uses it, disrupts it, and prints a claim for each result. It asks
 * no question. It exits with 0 only if all claims are true, and leaves no process.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@agent-team/foundation/clock";
import { interruptionSignal } from "@agent-team/local-cloud";
import { Claims } from "./claims.ts";
import { showGreeting, showWorkflow } from "./conversation.ts";
import { startDemoCloud } from "./demo-cloud.ts";
import { showKill, showRoll } from "./disruption.ts";
import { showRun } from "./run.ts";
import { showSurvival } from "./survival.ts";

// The demo takes a minute. If a step hangs, the demo fails with this limit.
const LIMIT_MS = 90_000;

const startedAt = systemClock.now();
const overtime = new AbortController();
const interruption = AbortSignal.any([interruptionSignal(), overtime.signal]);
const limit = systemClock.setTimer(LIMIT_MS, () => overtime.abort(new Error(`not done after ${LIMIT_MS / 1_000} s`)), {
  unref: true,
});
const logFolder = mkdtempSync(join(tmpdir(), "agent-team-demo-"));

const claims = new Claims();
const pids = new Set<number>();
try {
  await Promise.race([showAll(), interrupted(interruption)]);
  claims.claim("no process is left", [...pids].every(isGone));
} catch (error) {
  claims.claim(`the demo runs to its end (${error instanceof Error ? error.message : String(error)})`, false);
}
limit.cancel();
console.log(`\n${claims.summary()} ${((systemClock.now() - startedAt) / 1_000).toFixed(0)} s.`);
if (claims.allHold) rmSync(logFolder, { recursive: true });
else console.log(`The tasks' logs are in ${logFolder}.`);
process.exit(claims.allHold ? 0 : 1);

async function showAll(): Promise<void> {
  await using cloud = await startDemoCloud(logFolder, pids, interruption);
  const url = cloud.url ?? "";
  console.log(`The system runs at ${url}: ${cloud.tasks().length} tasks.`);
  await showGreeting(url, claims);
  await showWorkflow(url, claims);
  await showSurvival(cloud, url, claims, systemClock);
  await showKill(cloud, url, claims, systemClock);
  await showRoll(cloud, url, claims, systemClock);
  await showRun(cloud, url, claims, systemClock);
  claims.chapter("8. The end");
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
