/**
 * What an idle connection holds in the client: the memory of a process after it has opened many connections, less that before, each after
 * a collection of all garbage. At the top its resident memory; the variant is what its objects and buffers take.
 */

import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { median } from "./median.ts";
import type { PeerTarget } from "./peer.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";

const NAMES = ["ours", "over-node-http2", "grpc-js"] as const;
type Name = (typeof NAMES)[number];
const KIB = 1024;
/** All of them: the default would be 64. */
const MAX_SUBSET_SIZE = 100_000;
/**
 * `before`: connections that are open already, and the calls on them. They load code, which V8 compiles, and fill pools: that is no
 * connection's cost. `callsPerConnection`: round_robin and our default reach each connection with them, so each is open and has been used.
 */
const FULL = { before: { connections: 50, calls: 30_000 }, connections: 1_000, callsPerConnection: 8, runs: 5 };
const QUICK = { before: { connections: 5, calls: 20 }, connections: 10, callsPerConnection: 2, runs: 1 };

export async function memory({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { before, connections, callsPerConnection, runs } = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const { target } = await LoadServer.start(processes, before.connections + connections);
  tell(`${connections} idle connections, each to a port of one server: loopback, plaintext`);
  const few: Used = { addresses: target.addresses.slice(0, before.connections), calls: before.calls };
  const more: Used = { addresses: target.addresses.slice(before.connections), calls: connections * callsPerConnection };
  const figures: Record<Name, HeldBytes[]> = { ours: [], "over-node-http2": [], "grpc-js": [] };
  for (let run = 1; run <= runs; run++)
    for (const name of NAMES) {
      progress(`run ${run} of ${runs}: ${name}`);
      figures[name].push(await heldPerConnection(name, few, more));
    }
  const figure = (of: keyof HeldBytes): Omit<Variant, "unit"> => {
    const medianOf = (name: Name): number => median(figures[name].map((held) => held[of])) / KIB;
    const [ours, ...peers] = NAMES;
    return { ours: medianOf(ours), peers: Object.fromEntries(peers.map((name) => [name, medianOf(name)])) };
  };
  const notes = [
    `medians of ${runs} runs, each in new processes: growth of RSS with ${connections} more connections behind the first ${before.connections}`,
    "objects-and-buffers: the same with the used heap and external memory",
  ];
  const variants = { "objects-and-buffers": figure("used") };
  return { unit: "KiB per idle connection", ...figure("resident"), variants, notes };
}

/** Connections, and the calls that are made on them. */
interface Used {
  readonly addresses: readonly string[];
  readonly calls: number;
}

async function heldPerConnection(name: Name, few: Used, more: Used): Promise<HeldBytes> {
  await using processes = new AsyncDisposableStack();
  const targetOf = ({ addresses }: Used): PeerTarget => ({ addresses, subsetSize: MAX_SUBSET_SIZE });
  const [{ child }] = startPeers(processes, [name], targetOf(few)) as [RunningPeer];
  const heldAfter = async (calls: number): Promise<HeldBytes> => {
    await child.ask<LoadReport>({ kind: "closed-loop", calls, inFlight: 64 } satisfies LoadRequest);
    const { held } = await child.ask<LoadReport>({ kind: "memory" } satisfies LoadRequest);
    if (held === undefined) throw new Error(`${name} did not say what it holds`);
    return held;
  };
  const before = await heldAfter(few.calls);
  await child.ask<LoadReport>({ kind: "further-client", target: targetOf(more) } satisfies LoadRequest);
  const after = await heldAfter(more.calls);
  const per = (of: keyof HeldBytes): number => (after[of] - before[of]) / more.addresses.length;
  return { used: per("used"), resident: per("resident") };
}
