/**
 * What an idle connection holds in the client: the memory of a process with many of them, less that of a process with one, after a
 * collection of all garbage. At the top its resident memory; the variant is what its objects and buffers take.
 */

import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { median } from "./median.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";

const NAMES = ["ours", "over-node-http2", "grpc-js"] as const;
type Name = (typeof NAMES)[number];
const KIB = 1024;
/** All of them: the default would be 64. */
const MAX_SUBSET_SIZE = 100_000;
/** `callsPerConnection`: round_robin and our default reach each connection with them, so each is open and has been used. */
const FULL = { connections: 500, callsPerConnection: 8, runs: 3 };
const QUICK = { connections: 10, callsPerConnection: 2, runs: 1 };

export async function memory({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { connections, callsPerConnection, runs } = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const server = await LoadServer.start(processes, connections);
  tell(`idle connections to ${connections} ports of one server: loopback, plaintext`);
  const figures: Record<Name, HeldBytes[]> = { ours: [], "over-node-http2": [], "grpc-js": [] };
  for (let run = 1; run <= runs; run++)
    for (const name of NAMES) {
      progress(`run ${run} of ${runs}: ${name}`);
      // The same calls on one connection: what the JIT and the pools of the process take is in both.
      const calls = connections * callsPerConnection;
      const one = await heldAfter(name, server.target.addresses.slice(0, 1), calls);
      const all = await heldAfter(name, server.target.addresses, calls);
      const perConnection = (of: keyof HeldBytes): number => (all[of] - one[of]) / (connections - 1) / KIB;
      figures[name].push({ used: perConnection("used"), resident: perConnection("resident") });
    }
  const figure = (of: keyof HeldBytes): Omit<Variant, "unit"> => {
    const medianOf = (name: Name): number => median(figures[name].map((held) => held[of]));
    const [ours, ...peers] = NAMES;
    return { ours: medianOf(ours), peers: Object.fromEntries(peers.map((name) => [name, medianOf(name)])) };
  };
  const notes = [
    `medians of ${runs} runs, each in new processes: (RSS with ${connections} connections − RSS with 1) / ${connections - 1}`,
    "objects-and-buffers: the same with the used heap and external memory",
  ];
  const variants = { "objects-and-buffers": figure("used") };
  return { unit: "KiB per idle connection", ...figure("resident"), variants, notes };
}

async function heldAfter(name: Name, addresses: readonly string[], calls: number): Promise<HeldBytes> {
  await using processes = new AsyncDisposableStack();
  const [{ child }] = startPeers(processes, [name], { addresses, subsetSize: MAX_SUBSET_SIZE }) as [RunningPeer];
  await child.ask<LoadReport>({ kind: "closed-loop", calls, inFlight: 64 } satisfies LoadRequest);
  const { held } = await child.ask<LoadReport>({ kind: "memory" } satisfies LoadRequest);
  if (held === undefined) throw new Error(`${name} did not say what it holds`);
  return held;
}
