/**
 * What a run of a workflow costs: the CPU of all processes per node beside Restate, a durable peer, with the same 50 nodes in the same
 * run; and what lasts: appends, timers, and runs that wait. The engine, its expression processes and Redis are real processes.
 */

import { whyNoRedisServer } from "@agent-team/test-support/redis-server";
import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import { median } from "./median.ts";
import { chainOf } from "./runs/chain.ts";
import { EngineProcess } from "./runs/engine-process.ts";
import { measureAppends } from "./runs/measure-appends.ts";
import { measureTimers } from "./runs/measure-timers.ts";
import { measureWaiting } from "./runs/measure-waiting.ts";
import { PEER_VERSIONS, RestatePeer } from "./runs/restate-peer.ts";
import { type Load, type Runner, takeLoad } from "./runs/take-load.ts";

const NODES = 50;
const SHORT_NODES = 10;
/** Below the ten active runs of an owner on an instance: none waits for a place. */
const IN_FLIGHT = 8;
const FULL = {
  warmUpRuns: 20,
  runsPerRound: 40,
  rounds: 5,
  shortRuns: 30,
  logs: 20,
  timers: 10,
  waiting: 1_000,
  idleMs: 10_000,
};
const QUICK = { warmUpRuns: 1, runsPerRound: 2, rounds: 1, shortRuns: 2, logs: 1, timers: 1, waiting: 5, idleMs: 50 };

export async function runs({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const sizes = quick ? QUICK : FULL;
  if (whyNoRedisServer !== undefined) throw new Error(whyNoRedisServer);
  await using resources = new AsyncDisposableStack();
  progress("starting");
  const engine = resources.use(await EngineProcess.start());
  // 224 MB, for a figure: not for a test.
  const peer = quick ? { why: "--quick does not install it" } : await RestatePeer.start(resources, NODES);
  if ("why" in peer) console.error(`SKIPPED restate: ${peer.why}`);
  const runners = { ours: await chainOf(engine, NODES), ...("why" in peer ? {} : { restate: peer }) };
  const loads = await takeTurns(runners, sizes, progress);
  progress("a short run, appends, timers");
  const shortMs = await measureShortRuns(engine, sizes.shortRuns);
  const appends = await measureAppends(engine.redisUrl, sizes.logs);
  const timers = await measureTimers(engine, sizes.timers);
  progress(`${sizes.waiting} runs that wait`);
  const waiting = await measureWaiting(sizes);
  tell(`${NODES} nodes with an expression each, ${IN_FLIGHT} runs at a time`);
  const alone = (unit: string, ours: number): Variant => ({ unit, ours, peers: {} });
  return {
    unit: "µs CPU of all processes per node",
    ...besides(loads, ({ cpuMicrosPerNode }) => cpuMicrosPerNode),
    variants: {
      "node-executions": { unit: "nodes/s", ...besides(loads, ({ nodesPerSecond }) => nodesPerSecond) },
      "ten-nodes": alone("ms from start to end", shortMs),
      append: alone("ms, p50", appends.p50Ms),
      "append-after-10-events": alone("ms, p50", appends.after10Ms),
      "append-after-1000-events": alone("ms, p50", appends.after1000Ms),
      "timer-of-1-s": alone("ms late at most", timers.shortLateMs),
      "timer-of-4-s": alone("ms late at most", timers.parkedLateMs),
      "waiting-runs": alone(`% of a core for ${sizes.waiting}`, waiting.cpuPercent),
      "waiting-run": alone("KiB in the engine and Redis", waiting.kibPerRun),
    },
    notes: [
      `medians of ${sizes.rounds} rounds of ${sizes.runsPerRound} runs of ${NODES} nodes each, ${IN_FLIGHT} at a time, in turns`,
      "ours: the engine, its expression processes and Redis with appendonly; each run is followed to its end with all its events",
      `restate: ${PEER_VERSIONS}, the server and a Node service whose steps add in plain code; its caller waits for the end`,
      ...("why" in peer ? [`restate was skipped: ${peer.why}`] : []),
    ],
  };
}

type Loads = Readonly<Record<string, readonly Load[]>>;

async function takeTurns(
  runners: Readonly<Record<string, Runner>>,
  { warmUpRuns, runsPerRound, rounds }: typeof FULL,
  progress: RunOptions["progress"],
): Promise<Loads> {
  const loads: Record<string, Load[]> = {};
  for (const runner of Object.values(runners)) await takeLoad(runner, { runs: warmUpRuns, inFlight: IN_FLIGHT });
  for (let round = 1; round <= rounds; round++)
    for (const [name, runner] of Object.entries(runners)) {
      progress(`round ${round} of ${rounds}: ${name}`);
      (loads[name] ??= []).push(await takeLoad(runner, { runs: runsPerRound, inFlight: IN_FLIGHT }));
    }
  return loads;
}

function besides({ ours = [], ...peers }: Loads, of: (load: Load) => number): Pick<Variant, "ours" | "peers"> {
  const medianOf = (loads: readonly Load[]): number => median(loads.map(of));
  return {
    ours: medianOf(ours),
    peers: Object.fromEntries(Object.entries(peers).map(([name, each]) => [name, medianOf(each)])),
  };
}

/** One after the other, by the times that the engine records. */
async function measureShortRuns(engine: EngineProcess, count: number): Promise<number> {
  const chain = await chainOf(engine, SHORT_NODES);
  const tookMs: number[] = [];
  for (let run = 0; run < count; run++) tookMs.push(await chain.tookMs());
  return median(tookMs);
}
