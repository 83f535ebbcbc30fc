import { type Clock, delay } from "@agent-team/foundation/clock";
import type { LocalCloud, TaskDescription } from "@agent-team/local-cloud";
import type { Claims } from "./claims.ts";
import { startLoad } from "./load.ts";

const SERVICE = "workflow-agent";
const CALLERS = 8;
const POLL_MS = 100;

/** Kills an agent under load. No call may fail. */
export async function showKill(cloud: LocalCloud, url: string, claims: Claims, clock: Clock): Promise<void> {
  claims.chapter("5. An agent is killed with SIGKILL under load");
  const load = startLoad(url, CALLERS, clock);
  // The kill of an agent without calls would prove nothing.
  for (const task of cloud.tasks(SERVICE)) await until(clock, () => callsServedBy(task));
  const [victim, survivor] = cloud.tasks(SERVICE);
  if (victim === undefined || survivor === undefined) throw new Error("expected two agents");
  claims.say(`both agents serve: ${await callsServedBy(victim)} and ${await callsServedBy(survivor)} calls so far`);
  await cloud.killTask(victim.id);
  const killedAt = clock.now();
  claims.say(`killed ${victim.host} (${victim.zone}) after ${load.ended.length} calls`);
  await cloud.steady(SERVICE);
  const replacement = cloud.tasks(SERVICE).find(({ id }) => id !== survivor.id);
  if (replacement === undefined) throw new Error("expected a replacement");
  claims.say(`its replacement ${replacement.host} was ready after ${seconds(clock.now() - killedAt)}`);
  const served = await until(clock, () => callsServedBy(replacement));
  const noticedAfter = clock.now() - killedAt;

  const calls = await load.stop();
  const later = calls.filter(({ startedAt }) => startedAt > killedAt);
  claims.claim(...allSucceeded(`calls before, during and after the kill`, calls));
  claims.say(`${later.length} of them began after it`);
  claims.claim(`${seconds(noticedAfter)} after the kill the replacement had served ${served} calls`, served > 0);
}

/** Replaces all agents under load, as a deployment does. No call may fail. */
export async function showRoll(cloud: LocalCloud, url: string, claims: Claims, clock: Clock): Promise<void> {
  claims.chapter("6. A rolling replacement with SIGTERM under load");
  const before = cloud.tasks(SERVICE).map(({ id }) => id);
  const load = startLoad(url, CALLERS, clock);
  await until(clock, () => load.ended.length >= 20);
  const startedAt = clock.now();
  await cloud.roll(SERVICE);
  await until(clock, () => cloud.tasks(SERVICE).every(({ id }) => !before.includes(id)));
  claims.say(`all ${before.length} agents were replaced in ${seconds(clock.now() - startedAt)}`);
  for (const task of cloud.tasks(SERVICE)) await until(clock, () => callsServedBy(task));
  const calls = await load.stop();
  claims.claim(...allSucceeded("calls around the replacement", calls));
}

function allSucceeded(what: string, calls: readonly { readonly error: string | undefined }[]): [string, boolean] {
  const errors = calls.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const first = errors[0] === undefined ? "" : ` (first: ${errors[0]})`;
  return [`${calls.length} ${what}, ${errors.length} of them failed${first}`, calls.length > 0 && errors.length === 0];
}

/** The calls that the task itself has counted. */
async function callsServedBy({ host, healthPort }: TaskDescription): Promise<number> {
  const text = await (await fetch(`http://${host}:${healthPort}/metrics`)).text();
  const counts = [...text.matchAll(/^grpc_server_handled_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Asks until the answer is truthy, and returns it. */
async function until<T>(clock: Clock, ask: () => T | Promise<T>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    await delay(clock, POLL_MS);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
