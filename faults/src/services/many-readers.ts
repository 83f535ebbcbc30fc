/** What a turn and its readers cost while nothing is lost. */

import { readFileSync } from "node:fs";
import { delay, systemClock } from "@agent-team/foundation/clock";
import { Child } from "../process/child.ts";
import type { CrowdAnswer, ReadersArgument, ReadersQuestion, TurnsAnswer } from "./readers-client.ts";
import type { Measured, ServicesCase } from "./scenario.ts";
import type { System } from "./system.ts";

const READERS = 1_000;
/** They load code, which V8 compiles, and fill pools: that is no reader's cost. */
const FIRST_READERS = 100;
const WARM_UP_TURNS = 50;
const TURNS = 500;
const SAMPLE_MS = 100;
/** What V8 takes by itself in a task of 512 MiB, infra's default. On a machine with more memory its young generation grows to 128 MiB. */
const HEAP_OF_TASK = "--max-old-space-size=256 --max-semi-space-size=1";

export const manyReaders: readonly ServicesCase[] = [
  {
    name: "500 turns, one after the other",
    target: "first event p50 at most 5 ms, p99 at most 20 ms",
    topology: { agents: 2 },
    run: firstEvents,
  },
  {
    name: "1,000 more readers of one turn at one gateway, one of which reads nothing",
    target: "at most 64 KiB of the gateway's memory for each; every other reader gets the whole answer",
    topology: { agents: 2, environment: { PLANNER_PACE_MS: "500", NODE_OPTIONS: HEAP_OF_TASK } },
    run: readersAtOnce,
  },
];

async function firstEvents({ url }: System): Promise<Measured> {
  await using client = startClient(url);
  const take = (turns: number): Promise<TurnsAnswer> => ask<TurnsAnswer>(client, { kind: "turns", turns });
  await take(WARM_UP_TURNS);
  const times = (await take(TURNS)).firstEventMs.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(10 * (times[Math.floor(share * times.length)] ?? 0)) / 10;
  return { figures: { "first event p50, ms": at(0.5), "p99, ms": at(0.99) }, violations: [] };
}

async function readersAtOnce({ url, cloud }: System): Promise<Measured> {
  const gateway = cloud.tasks("api-gateway")[0]?.pid ?? 0;
  await using client = startClient(url);
  await ask(client, { kind: "begin", readers: FIRST_READERS });
  const beforeBytes = residentBytes(gateway);
  const crowd = ask<CrowdAnswer>(client, { kind: "crowd", readers: READERS });
  const mostBytes = await mostWhile(crowd, () => residentBytes(gateway));
  const { readers, violations } = await crowd;
  return {
    figures: { readers, "KiB for each": Math.round((mostBytes - beforeBytes) / READERS / 1024) },
    violations,
  };
}

function startClient(url: string): Child {
  return new Child("the readers", "services/readers-client.ts", { url } satisfies ReadersArgument);
}

function ask<Answer>(client: Child, question: ReadersQuestion): Promise<Answer> {
  return client.ask<Answer>(question);
}

async function mostWhile(work: Promise<unknown>, bytes: () => number): Promise<number> {
  let most = bytes();
  let isRunning = true;
  const end = (): void => void (isRunning = false);
  work.then(end, end);
  for (; isRunning; most = Math.max(most, bytes())) await delay(systemClock, SAMPLE_MS);
  return most;
}

function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
