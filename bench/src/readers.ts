/**
 * What a reader of an event stream costs the gateway, which is a process as it is deployed. Its readers come at once, and get an event
 * every two seconds. `resident` is how far its resident memory grows in ten seconds of that, without a collection that we ask for;
 * `objects` is what it holds after one. Agent and engine are one process that answers whatever it is asked. Only the first events are
 * those of whole turns.
 */

import { delay, systemClock } from "@agent-team/foundation/clock";
import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import { Child } from "./child.ts";
import { HeapInspector } from "./heap-inspector.ts";
import { median } from "./median.ts";
import type { BackendReport } from "./readers/backend.ts";
import { residentOf, startGateway } from "./readers/gateway.ts";
import { measureFirstEvents } from "./readers/measure-first-events.ts";
import type { ReadReport, ReadRequest } from "./readers/open-readers.ts";

type PathOf = (reader: number) => string;

const TURN_EACH: PathOf = (reader) => `/v1/turns/t.${reader}/events`;
const CASES: Readonly<Record<string, PathOf>> = {
  "one turn": () => "/v1/turns/t.1/events",
  "a turn each": TURN_EACH,
  "one run": () => "/v1/runs/1/events",
  "a run each": (reader) => `/v1/runs/${reader}/events`,
};
const KIB = 1024;
const MIB = 1024 * KIB;
const SAMPLE_MS = 250;
/** `before`: the first readers load code and fill pools, which is not a reader's cost. `most`: as many as a gateway admits. */
const FULL = {
  before: 100,
  readers: 1_000,
  readMs: 10_000,
  runs: 3,
  most: 4_096,
  turns: { warmUpTurns: 200, rounds: 5, turnsPerRound: 200 },
};
const QUICK: typeof FULL = {
  before: 2,
  readers: 10,
  readMs: 500,
  runs: 1,
  most: 20,
  turns: { warmUpTurns: 1, rounds: 2, turnsPerRound: 2 },
};

interface Crowd {
  readonly before: number;
  readonly readers: number;
  readonly readMs: number;
}

interface Cost {
  /** Of objects and buffers, in bytes. */
  readonly objects: number;
  readonly resident: number;
  /** The most that the gateway took in all, in bytes. */
  readonly most: number;
  /** Calls that the gateway makes for all of them. */
  readonly streams: number;
}

export async function readers({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const sizes = quick ? QUICK : FULL;
  tell(`${sizes.readers} readers of one gateway with the heap of a task of 512 MiB: loopback, plaintext`);
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
  progress(`${sizes.most} readers of a turn each`);
  const full = await costOf(TURN_EACH, { ...sizes, readers: sizes.most - sizes.before });
  const onRound = (round: number): void => progress(`first events: round ${round} of ${sizes.turns.rounds}`);
  const { p50Ms, p99Ms } = await measureFirstEvents({ ...sizes.turns, onRound });
  const alone = (unit: string, figure: number): Variant => ({ unit, ours: figure, peers: {} });
  return {
    unit: "KiB per reader",
    ours,
    peers: {},
    variants: {
      "full-gateway": alone(`MiB resident at most, ${sizes.most} readers`, full.most / MIB),
      "full-gateway-reader": alone("KiB resident per reader", full.resident / (sizes.most - sizes.before) / KIB),
      "first-event-p50": alone("ms", p50Ms),
      "first-event-p99": alone("ms", p99Ms),
    },
    notes: [
      `medians of ${sizes.runs} runs, each in new processes: growth with ${sizes.readers} readers behind the first ${sizes.before}`,
      `calls of the gateway for all of them: ${streams.join(", ")}`,
      `full-gateway: one run, with a turn for each reader, and ${full.streams} calls`,
      `first-event: one turn after the other through gateway, agent and engine; the least of ${sizes.turns.rounds} rounds of ${sizes.turns.turnsPerRound}`,
    ],
  };
}

async function costOf(pathOf: PathOf, { before, readers: count, readMs }: Crowd): Promise<Cost> {
  await using processes = new AsyncDisposableStack();
  const backend = processes.use(new Child("the backend", "./readers/backend.ts", []));
  const address = `127.0.0.1:${(await backend.ask<BackendReport>({})).port}`;
  const gateway = processes.use(await startGateway({ agent: address, engine: address }, ["--inspect=127.0.0.1:0"]));
  using heap = await HeapInspector.open(gateway.inspectorUrl ?? "");
  const opener = processes.use(new Child("the readers", "./readers/open-readers.ts", [String(gateway.line["port"])]));
  const read = async (paths: readonly string[], expected: number): Promise<void> => {
    const { reading } = await opener.ask<ReadReport>({ paths } satisfies ReadRequest);
    if (reading !== expected) throw new Error(`${reading} of ${expected} readers are connected`);
  };
  const pathsOf = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => pathOf(from + i));
  await read(pathsOf(0, before), before);
  const objectsBefore = await heap.heldBytes();
  const residentBefore = residentOf(gateway).nowBytes;
  await read(pathsOf(before, before + count), before + count);
  const resident = (await mostOver(readMs, () => residentOf(gateway).nowBytes)) - residentBefore;
  await read([], before + count);
  const most = residentOf(gateway).mostBytes;
  const objects = (await heap.heldBytes()) - objectsBefore;
  const { streams } = await backend.ask<BackendReport>({});
  return { objects, resident, most, streams };
}

async function mostOver(ms: number, bytes: () => number): Promise<number> {
  let most = bytes();
  for (const endMs = systemClock.now() + ms; systemClock.now() < endMs; most = Math.max(most, bytes()))
    await delay(systemClock, SAMPLE_MS);
  return most;
}
