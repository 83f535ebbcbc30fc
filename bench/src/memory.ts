/**
 * What an idle connection holds in the client: the resident memory of a process with many of them, less that of a process
 * with one, after a collection of all garbage.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { median } from "./median.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";

const NAMES = ["ours", "over-node-http2", "grpc-js"] as const;
type Name = (typeof NAMES)[number];
const KIB = 1024;
/** `callsPerConnection`: round_robin and our default reach each connection with them, so each is open and has been used. */
const FULL = { connections: 1_000, callsPerConnection: 8, runs: 3 };
const QUICK = { connections: 10, callsPerConnection: 2, runs: 1 };

export async function memory({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { connections, callsPerConnection, runs } = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const server = await LoadServer.start(processes, connections);
  tell(`idle connections to ${connections} ports of one server: loopback, plaintext`);
  const figures: Record<Name, number[]> = { ours: [], "over-node-http2": [], "grpc-js": [] };
  for (let run = 1; run <= runs; run++)
    for (const name of NAMES) {
      progress(`run ${run} of ${runs}: ${name}`);
      // The same calls on one connection: what the JIT and the pools of the process take is in both.
      const calls = connections * callsPerConnection;
      const one = await heldAfter(name, server.target.addresses.slice(0, 1), calls);
      const all = await heldAfter(name, server.target.addresses, calls);
      figures[name].push((all - one) / (connections - 1) / KIB);
    }
  const { ours, ...others } = figures;
  const peers = Object.fromEntries(Object.entries(others).map(([name, values]) => [name, median(values)]));
  const notes = [
    `medians of ${runs} runs, each in new processes: (RSS with ${connections} connections − RSS with 1) / ${connections - 1}`,
  ];
  return { unit: "KiB per idle connection", ours: median(ours), peers, notes };
}

async function heldAfter(name: Name, addresses: readonly string[], calls: number): Promise<number> {
  await using processes = new AsyncDisposableStack();
  const [{ child }] = startPeers(processes, [name], { addresses }) as [RunningPeer];
  await child.ask<LoadReport>({ kind: "closed-loop", calls, inFlight: 64 } satisfies LoadRequest);
  const { bytes } = await child.ask<LoadReport>({ kind: "memory" } satisfies LoadRequest);
  if (bytes === undefined) throw new Error(`${name} did not say what it holds`);
  return bytes;
}
