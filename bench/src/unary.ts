/**
 * Client CPU per unary call: each peer in its own process, two thousand calls at a time and in turns (A B C A B C …), so
 * that whatever else the machine does meets them all alike. Ours is called by a client of Connect; as variants, it is on
 * `node:http2`, and it is called by a stub of grpc-js.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import type { Child } from "./child.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import type { LoadServerReport } from "./load-server.ts";
import { median } from "./median.ts";
import { PEERS, type PeerName } from "./peers.ts";
import { LoadServer, startPeers } from "./running-peers.ts";

interface Volume {
  /** Calls of each peer that count, in so many rounds. */
  readonly calls: number;
  readonly rounds: number;
  /** Calls of each peer before them, for connections and the JIT. */
  readonly warmUpCalls: number;
}

/** performance.md section 1. Each peer's rounds get faster, with a relapse around its 10,000th call, until its 14,000th. */
const FULL: Volume = { calls: 40_000, rounds: 20, warmUpCalls: 16_000 };
const QUICK: Volume = { calls: 200, rounds: 2, warmUpCalls: 100 };
const IN_FLIGHT = 64;
/** No further round begins later than this, so that the run ends on a busy machine too. The report says how many counted. */
const LAST_ROUND_MS = 75_000;

export async function unary({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const startedMs = performance.now();
  const { calls, rounds, warmUpCalls } = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const server = await LoadServer.start(processes, 2);
  const peers = startPeers(processes, Object.keys(PEERS) as PeerName[], server.addresses).map((peer) => ({
    ...peer,
    /** µs of CPU per call, one figure for each round. */
    perCall: [] as number[],
  }));
  tell(
    `${IN_FLIGHT} calls in flight to ${server.addresses.join(" and ")}: loopback, plaintext, 100 bytes there and back`,
  );

  for (const { name, child } of peers) {
    progress(`warming up ${name}`);
    await load(child, warmUpCalls);
  }
  const before = await server.report();
  const measuredFromMs = performance.now();
  const sliceCalls = calls / rounds;
  let round = 0;
  do {
    progress(`round ${++round} of ${rounds}`);
    for (const { child, perCall } of peers) perCall.push((await load(child, sliceCalls)).cpuMicros / sliceCalls);
  } while (round < rounds && performance.now() - startedMs < LAST_ROUND_MS);
  const elapsedMicros = (performance.now() - measuredFromMs) * 1_000;
  const after = await server.report();

  const medians = Object.fromEntries(peers.map(({ name, perCall }) => [name, median(perCall)]));
  const {
    ours,
    "over-node-http2": overNodeHttp2,
    "grpc-js-stub": stub,
    ...others
  } = medians as Record<PeerName, number>;
  const notes = [
    `medians of ${round} rounds of ${sliceCalls} calls by each peer in turn`,
    describeServer(before, after, elapsedMicros),
  ];
  const variants = {
    "over-node-http2": { ours: overNodeHttp2, peers: others },
    "grpc-js-stub": { ours: stub, peers: others },
  };
  return { unit: "µs CPU per call", ours, peers: others, variants, notes };
}

function load(child: Child, calls: number): Promise<LoadReport> {
  return child.ask<LoadReport>({ kind: "closed-loop", calls, inFlight: IN_FLIGHT } satisfies LoadRequest);
}

function describeServer(before: LoadServerReport, after: LoadServerReport, elapsedMicros: number): string {
  const cpuMicros = after.cpuMicros - before.cpuMicros;
  const perCall = cpuMicros / (after.calls - before.calls);
  const busy = (100 * cpuMicros) / elapsedMicros;
  return `the load server used ${perCall.toFixed(1)} µs CPU per call and ${busy.toFixed(0)} % of one core`;
}
