/** What a turn and its readers cost while nothing is lost. */

import { readFileSync } from "node:fs";
import { type Answer, ask, faultsOf, REQUEST } from "./answer.ts";
import type { Measured, ServicesCase } from "./scenario.ts";
import type { System } from "./system.ts";

const READERS = 1_000;
const TURNS = 500;

export const manyReaders: readonly ServicesCase[] = [
  {
    name: "500 turns, one after the other",
    target: "first event p50 at most 5 ms, p99 at most 20 ms",
    topology: { agents: 2 },
    run: firstEvents,
  },
  {
    name: "1,000 readers of one turn at one gateway, one of which reads nothing",
    target: "at most 64 KiB of the gateway's memory for each; every other reader gets the whole answer",
    topology: { agents: 2, environment: { PLANNER_PACE_MS: "500" } },
    run: readersAtOnce,
  },
];

async function firstEvents({ url }: System): Promise<Measured> {
  for (let turn = 0; turn < 50; turn++) await ask(url, `warm-${turn}`);
  const times: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) times.push((await ask(url, `turn-${turn}`)).firstEventMs);
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(10 * (times[Math.floor(share * times.length)] ?? 0)) / 10;
  return { figures: { "first event p50, ms": at(0.5), "p99, ms": at(0.99) }, violations: [] };
}

async function readersAtOnce({ url, cloud }: System): Promise<Measured> {
  const gateway = cloud.tasks("api-gateway")[0]?.pid ?? 0;
  const whole = await ask(url, "undisturbed");
  const options = { requestId: "1" };
  let beforeBytes = 0;
  let mostBytes = 0;
  const silent = new AbortController();
  const readers: Promise<Answer>[] = [];
  const first = ask(url, "read", {
    ...options,
    async onEvent(sequence) {
      if (sequence === 2) {
        beforeBytes = residentBytes(gateway);
        void readNothing(url, silent.signal);
        for (let reader = 0; reader < READERS; reader++) readers.push(ask(url, "read", options));
      }
      mostBytes = Math.max(mostBytes, residentBytes(gateway));
    },
  });
  const answers = [await first, ...(await Promise.all(readers))];
  silent.abort();
  return {
    figures: { readers: answers.length, "KiB for each": Math.round((mostBytes - beforeBytes) / READERS / 1024) },
    violations: answers.flatMap((answer) => faultsOf(answer, whole, { of: "read", whole: "undisturbed" })),
  };
}

async function readNothing(url: string, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ message: REQUEST, request_id: "1" });
  const headers = { "content-type": "application/json" };
  await fetch(`${url}/v1/conversations/read/messages`, { method: "POST", headers, body, signal }).catch(() => {});
}

function residentBytes(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
