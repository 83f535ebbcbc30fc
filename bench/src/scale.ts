/**
 * Client CPU per unary call by the number of endpoints: 64 calls in flight are many on one connection and one on each of 64.
 * One server process listens on all ports.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { median } from "./median.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";

const NAMES = ["ours", "over-node-http2", "grpc-js"] as const;
type Name = (typeof NAMES)[number];
const IN_FLIGHT = 64;
const FULL = { sizes: [1, 10, 100, 1_000], calls: 2_000, rounds: 10, warmUpCalls: 16_000 };
const QUICK = { sizes: [2], calls: 20, rounds: 1, warmUpCalls: 20 };

type Medians = Pick<Figures, "peers"> & { readonly ours: number };

export async function scale({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { sizes, calls, rounds, warmUpCalls } = quick ? QUICK : FULL;
  tell(`${IN_FLIGHT} calls in flight: loopback, plaintext, 100 bytes there and back`);
  const bySize: [string, Medians][] = [];
  for (const size of sizes) {
    await using processes = new AsyncDisposableStack();
    const { target } = await LoadServer.start(processes, size);
    const peers = startPeers(processes, NAMES, target);
    for (const peer of peers) {
      progress(`${size} endpoints, warming up ${peer.name}`);
      await perCall(peer, warmUpCalls);
    }
    const figures: Record<Name, number[]> = { ours: [], "over-node-http2": [], "grpc-js": [] };
    for (let round = 1; round <= rounds; round++) {
      progress(`${size} endpoints, round ${round} of ${rounds}`);
      for (const peer of peers) figures[peer.name].push(await perCall(peer, calls));
    }
    const { ours, ...others } = figures;
    const peersMedians = Object.fromEntries(Object.entries(others).map(([name, values]) => [name, median(values)]));
    bySize.push([`${size} endpoints`, { ours: median(ours), peers: peersMedians }]);
  }
  const [[, first], ...others] = bySize as [[string, Medians], ...[string, Medians][]];
  const notes = [`medians of ${rounds} rounds of ${calls} calls by each peer in turn; the first table is 1 endpoint`];
  return { unit: "µs CPU per call", ...first, variants: Object.fromEntries(others), notes };
}

async function perCall({ child }: RunningPeer, calls: number): Promise<number> {
  const request: LoadRequest = { kind: "closed-loop", calls, inFlight: IN_FLIGHT };
  return (await child.ask<LoadReport>(request)).cpuMicros / calls;
}
