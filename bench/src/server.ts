/**
 * Server CPU per call, of three processes of each peer: an asynchronous handler, protobuf-es on both messages of 100 bytes, 64 calls in
 * flight; and as variants one call in flight, a server stream of 100 messages, per message, and messages of 1 MiB both ways, with their
 * throughput.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import type { CallReport, CallRequest } from "./caller.ts";
import { Child } from "./child.ts";
import { median } from "./median.ts";
import type { ServedReport } from "./served-peer.ts";
import type { ServerName } from "./servers.ts";
import { beside } from "./turns.ts";
import { EVENTS } from "./workload.ts";

export const SERVER_NAMES: readonly ServerName[] = ["ours", "grpc-js", "connect-node", "node:http2"];

interface Volume {
  readonly processes: number;
  readonly rounds: number;
  readonly warmUpCalls: number;
  readonly calls: number;
  readonly aloneCalls: number;
  readonly streams: number;
  readonly largeCalls: number;
}

const FULL: Volume = {
  processes: 3,
  rounds: 8,
  warmUpCalls: 20_000,
  calls: 3_000,
  aloneCalls: 500,
  streams: 100,
  largeCalls: 32,
};
const QUICK: Volume = {
  processes: 1,
  rounds: 1,
  warmUpCalls: 50,
  calls: 50,
  aloneCalls: 10,
  streams: 2,
  largeCalls: 4,
};
const IN_FLIGHT = 64;
const STREAMS_IN_FLIGHT = 8;
const LARGE_IN_FLIGHT = 4;
/** No further round of a case begins after so long, so that a run ends on a busy machine, too. */
const SECONDS_OF_CASE = 45;

/** What one call of a turn took. */
interface Cost {
  readonly cpuMicros: number;
  readonly callsPerSecond: number;
}

type Costs = ReadonlyMap<ServerName, Cost[]>;

interface RunningServer {
  readonly name: ServerName;
  readonly server: Child;
  readonly caller: Child;
}

export async function server({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const volume = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const running = await startServers(processes, volume.processes);
  tell(`${IN_FLIGHT} calls in flight on one connection, loopback, plaintext, 100 bytes there and back`);
  const measureCosts = async (what: string, request: CallRequest): Promise<Costs> => {
    const costs: Costs = new Map(SERVER_NAMES.map((name) => [name, []]));
    const untilMs = performance.now() + SECONDS_OF_CASE * 1_000;
    for (let round = 1; round <= volume.rounds && (round === 1 || performance.now() < untilMs); round++) {
      progress(`${what}: round ${round} of ${volume.rounds}`);
      for (const each of running) costs.get(each.name)?.push(await costOf(each, request));
    }
    return costs;
  };
  const measure = async (what: string, request: CallRequest, perCall = 1): Promise<Record<ServerName, number>> =>
    medians(await measureCosts(what, request), ({ cpuMicros }) => cpuMicros / perCall);
  progress("warming up");
  const warmUp = async (each: RunningServer): Promise<void> => {
    await costOf(each, { kind: "unary", calls: volume.warmUpCalls, inFlight: IN_FLIGHT });
    await costOf(each, { kind: "stream", calls: volume.streams, inFlight: STREAMS_IN_FLIGHT });
    await costOf(each, { kind: "large", calls: volume.largeCalls, inFlight: LARGE_IN_FLIGHT });
  };
  await Promise.all(running.map(warmUp));
  const many = await measure("unary", { kind: "unary", calls: volume.calls, inFlight: IN_FLIGHT });
  const alone = await measure("one in flight", { kind: "unary", calls: volume.aloneCalls, inFlight: 1 });
  const stream = await measure(
    "stream",
    { kind: "stream", calls: volume.streams, inFlight: STREAMS_IN_FLIGHT },
    EVENTS.length,
  );
  const large = await measureCosts("large", { kind: "large", calls: volume.largeCalls, inFlight: LARGE_IN_FLIGHT });
  const variants = {
    "one-in-flight": beside(alone, "ours"),
    "stream-message": beside(stream, "ours"),
    large: beside(
      medians(large, ({ cpuMicros }) => cpuMicros),
      "ours",
    ),
    "large-throughput": {
      unit: "MiB/s",
      ...beside(
        medians(large, ({ callsPerSecond }) => callsPerSecond),
        "ours",
      ),
    },
  };
  const notes = [
    `medians of up to ${volume.rounds} rounds of each of ${volume.processes} processes of each peer in turn`,
    `stream-message: of server streams of ${EVENTS.length} messages, ${STREAMS_IN_FLIGHT} at a time`,
    `large: requests and answers of 1 MiB, ${LARGE_IN_FLIGHT} at a time; the throughput is that of one direction`,
  ];
  return { unit: "µs CPU per call", ...beside(many, "ours"), variants, notes };
}

async function startServers(processes: AsyncDisposableStack, ofEach: number): Promise<RunningServer[]> {
  const running: RunningServer[] = [];
  for (const name of Array.from({ length: ofEach }, () => SERVER_NAMES).flat()) {
    const started = processes.use(new Child(`the server ${name}`, "./served-peer.ts", [name]));
    const { port } = await started.ask<ServedReport>({});
    running.push({
      name,
      server: started,
      caller: processes.use(new Child("a caller", "./caller.ts", [String(port)])),
    });
  }
  return running;
}

async function costOf({ server: child, caller }: RunningServer, request: CallRequest): Promise<Cost> {
  const before = (await child.ask<ServedReport>({})).cpuMicros;
  const { elapsedMs } = await caller.ask<CallReport>(request);
  const cpuMicros = (await child.ask<ServedReport>({})).cpuMicros - before;
  return { cpuMicros: cpuMicros / request.calls, callsPerSecond: (request.calls * 1_000) / elapsedMs };
}

function medians(costs: Costs, figureOf: (cost: Cost) => number): Record<ServerName, number> {
  const figures = [...costs].map(([name, values]) => [name, median(values.map(figureOf))]);
  return Object.fromEntries(figures) as Record<ServerName, number>;
}
