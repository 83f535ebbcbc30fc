/**
 * What an idle connection holds in the server: the memory of a server after many connections were opened, less that before, each after a
 * collection of all garbage. At the top its resident memory; the variant is what its objects and buffers take.
 */

import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import { Child } from "./child.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { OpenReport, OpenRequest } from "./idle-connections.ts";
import { median } from "./median.ts";
import type { ServedReport, ServedRequest } from "./served-peer.ts";

const NAMES = ["ours", "grpc-js"] as const;
type Name = (typeof NAMES)[number];
const KIB = 1024;
/** `before`: the first connections load code and fill pools, which is not a connection's cost. */
const FULL = { before: 200, connections: 1_500, runs: 3 };
const QUICK = { before: 10, connections: 50, runs: 1 };

export async function serverMemory({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { before, connections, runs } = quick ? QUICK : FULL;
  tell(`${connections} idle connections to one server: loopback, plaintext`);
  const figures: Record<Name, HeldBytes[]> = { ours: [], "grpc-js": [] };
  for (let run = 1; run <= runs; run++)
    for (const name of NAMES) {
      progress(`run ${run} of ${runs}: ${name}`);
      figures[name].push(await heldPerConnection(name, before, connections));
    }
  const figure = (of: keyof HeldBytes): Omit<Variant, "unit"> => {
    const medianOf = (name: Name): number => median(figures[name].map((held) => held[of])) / KIB;
    return { ours: medianOf("ours"), peers: { "grpc-js": medianOf("grpc-js") } };
  };
  const notes = [
    `medians of ${runs} runs, each in new processes: growth of RSS with ${connections} more connections behind the first ${before}`,
    "objects-and-buffers: the same with the used heap and external memory",
  ];
  const variants = { "objects-and-buffers": figure("used") };
  return { unit: "KiB per idle connection", ...figure("resident"), variants, notes };
}

async function heldPerConnection(name: Name, before: number, connections: number): Promise<HeldBytes> {
  await using processes = new AsyncDisposableStack();
  const server = processes.use(new Child(`the server ${name}`, "./served-peer.ts", [name]));
  const { port } = await server.ask<ServedReport>({});
  const opener = processes.use(new Child("the connections", "./idle-connections.ts", [String(port)]));
  const heldWith = async (more: number, expected: number): Promise<HeldBytes> => {
    const { open } = await opener.ask<OpenReport>({ connections: more } satisfies OpenRequest);
    if (open !== expected) throw new Error(`${name} keeps ${open} of ${expected} connections open`);
    const { held } = await server.ask<ServedReport>({ memory: true } satisfies ServedRequest);
    if (held === undefined) throw new Error(`${name} did not say what it holds`);
    return held;
  };
  const few = await heldWith(before, before);
  const many = await heldWith(connections, before + connections);
  const per = (of: keyof HeldBytes): number => (many[of] - few[of]) / connections;
  return { used: per("used"), resident: per("resident") };
}
