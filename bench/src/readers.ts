/**
 * What a reader of an event stream costs the gateway, which is a process as it is deployed. Its readers come at once, and get an event
 * every two seconds. `resident` is how far its resident memory grows in ten seconds of that, without a collection that we ask for;
 * `objects` is what it holds after one. Agent and engine are one process that answers whatever it is asked.
 */

import { readFileSync } from "node:fs";
import { delay, systemClock } from "@agent-team/foundation/clock";
import type { Figures, RunOptions } from "./benchmark.ts";
import { Child } from "./child.ts";
import { HeapInspector } from "./heap-inspector.ts";
import { median } from "./median.ts";
import type { BackendReport } from "./readers/backend.ts";
import type { ReadReport, ReadRequest } from "./readers/open-readers.ts";
import { ServiceProcess } from "./service-process.ts";

const CASES: Readonly<Record<string, (reader: number) => string>> = {
  "one turn": () => "/v1/turns/t.1/events",
  "a turn each": (reader) => `/v1/turns/t.${reader}/events`,
  "one run": () => "/v1/runs/1/events",
  "a run each": (reader) => `/v1/runs/${reader}/events`,
};
const KIB = 1024;
const SAMPLE_MS = 250;
/** `before`: the first readers load code and fill pools, which is not a reader's cost. */
const FULL = { before: 100, readers: 1_000, readMs: 10_000, runs: 3 };
const QUICK = { before: 2, readers: 10, readMs: 500, runs: 1 };

interface Cost {
  /** Of objects and buffers, in bytes. */
  readonly objects: number;
  readonly resident: number;
  /** Calls that the gateway makes for all of them. */
  readonly streams: number;
}

export async function readers({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const sizes = quick ? QUICK : FULL;
  tell(`${sizes.readers} readers of one gateway: loopback, plaintext`);
  const ours: Record<string, number> = {};
  const streams: string[] = [];
  for (const [name, pathOf] of Object.entries(CASES)) {
    const costs: Cost[] = [];
    for (let run = 1; run <= sizes.runs; run++) {
      progress(`${name}: run ${run} of ${sizes.runs}`);
      costs.push(await costOf(pathOf, sizes));
    }
    ours[`${name}, resident`] = median(costs.map(({ resident }) => resident)) / sizes.readers / KIB;
    ours[`${name}, objects`] = median(costs.map(({ objects }) => objects)) / sizes.readers / KIB;
    streams.push(`${name} ${costs.at(-1)?.streams}`);
  }
  const notes = [
    `medians of ${sizes.runs} runs, each in new processes: growth with ${sizes.readers} readers behind the first ${sizes.before}`,
    `calls of the gateway for all of them: ${streams.join(", ")}`,
  ];
  return { unit: "KiB per reader", ours, peers: {}, notes };
}

async function costOf(
  pathOf: (reader: number) => string,
  { before, readers: count, readMs }: typeof FULL,
): Promise<Cost> {
  await using processes = new AsyncDisposableStack();
  const backend = processes.use(new Child("the backend", "./readers/backend.ts", []));
  const gateway = processes.use(await startGateway((await backend.ask<BackendReport>({})).port));
  using heap = await HeapInspector.open(gateway.inspectorUrl ?? "");
  const opener = processes.use(new Child("the readers", "./readers/open-readers.ts", [String(gateway.line["port"])]));
  const read = async (paths: readonly string[], expected: number): Promise<void> => {
    const { reading } = await opener.ask<ReadReport>({ paths } satisfies ReadRequest);
    if (reading !== expected) throw new Error(`${reading} of ${expected} readers are connected`);
  };
  const pathsOf = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => pathOf(from + i));
  await read(pathsOf(0, before), before);
  const objectsBefore = await heap.heldBytes();
  const residentBefore = residentBytes(gateway.pid);
  await read(pathsOf(before, before + count), before + count);
  const resident = (await mostOver(readMs, () => residentBytes(gateway.pid))) - residentBefore;
  await read([], before + count);
  const objects = (await heap.heldBytes()) - objectsBefore;
  const { streams } = await backend.ask<BackendReport>({});
  return { objects, resident, streams };
}

function startGateway(backendPort: number): Promise<ServiceProcess> {
  const address = `127.0.0.1:${backendPort}`;
  const env = {
    HTTP_HOST: "127.0.0.1",
    HTTP_PORT: "0",
    HEALTH_PORT: "0",
    MAX_CONNECTIONS_PER_ADDRESS: "4096",
    WORKFLOW_SERVICE_HOST: address,
    WORKFLOW_ENGINE_HOST: address,
  };
  return ServiceProcess.start("api-gateway", { env, ready: "listening", nodeOptions: ["--inspect=127.0.0.1:0"] });
}

async function mostOver(ms: number, bytes: () => number): Promise<number> {
  let most = bytes();
  for (const endMs = systemClock.now() + ms; systemClock.now() < endMs; most = Math.max(most, bytes()))
    await delay(systemClock, SAMPLE_MS);
  return most;
}

function residentBytes(pid: number): number {
  return KIB * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
