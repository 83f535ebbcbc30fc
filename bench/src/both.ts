/** CPU of client and server together per unary call, each peer's own client on its own server: 64 calls in flight, and one. */

import type { Figures, RunOptions } from "./benchmark.ts";
import { Child } from "./child.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { median } from "./median.ts";
import type { ServedReport } from "./served-peer.ts";
import { SERVER_NAMES } from "./server.ts";
import type { ServerName } from "./servers.ts";
import { beside } from "./turns.ts";

interface Volume {
  readonly processes: number;
  readonly rounds: number;
  readonly warmUpCalls: number;
  readonly calls: number;
  readonly aloneCalls: number;
}

const FULL: Volume = { processes: 3, rounds: 8, warmUpCalls: 14_000, calls: 2_000, aloneCalls: 500 };
const QUICK: Volume = { processes: 1, rounds: 1, warmUpCalls: 50, calls: 50, aloneCalls: 10 };
const IN_FLIGHT = 64;
/** No further round of a case begins after so long, so that a run ends on a busy machine, too. */
const SECONDS_OF_CASE = 60;

interface Pair {
  readonly name: ServerName;
  readonly client: Child;
  readonly server: Child;
}

export async function both({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const volume = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const pairs: Pair[] = [];
  for (const name of Array.from({ length: volume.processes }, () => SERVER_NAMES).flat())
    pairs.push(await startPair(processes, name));
  tell(`${IN_FLIGHT} calls in flight, loopback, plaintext, 100 bytes there and back, client and server added up`);
  progress("warming up");
  await Promise.all(pairs.map((pair) => microsOf(pair, volume.warmUpCalls, IN_FLIGHT)));
  const measure = async (calls: number, inFlight: number): Promise<Record<ServerName, number>> => {
    const figures = new Map<ServerName, number[]>(SERVER_NAMES.map((name) => [name, []]));
    const untilMs = performance.now() + SECONDS_OF_CASE * 1_000;
    for (let round = 1; round <= volume.rounds && (round === 1 || performance.now() < untilMs); round++) {
      progress(`${inFlight} in flight: round ${round} of ${volume.rounds}`);
      for (const pair of pairs) figures.get(pair.name)?.push((await microsOf(pair, calls, inFlight)) / calls);
    }
    const medians = Object.fromEntries([...figures].map(([name, values]) => [name, median(values)]));
    return medians as Record<ServerName, number>;
  };
  const many = await measure(volume.calls, IN_FLIGHT);
  const alone = await measure(volume.aloneCalls, 1);
  const notes = [
    `medians of up to ${volume.rounds} rounds of each of ${volume.processes} pairs of processes of each peer in turn`,
  ];
  return {
    unit: "µs CPU per call",
    ...beside(many, "ours"),
    variants: { "one-in-flight": beside(alone, "ours") },
    notes,
  };
}

async function startPair(processes: AsyncDisposableStack, name: ServerName): Promise<Pair> {
  const server = processes.use(new Child(`the server ${name}`, "./served-peer.ts", [name]));
  const { port } = await server.ask<ServedReport>({});
  const target = JSON.stringify({ addresses: [`127.0.0.1:${port}`] });
  return { name, server, client: processes.use(new Child(name, "./load-client.ts", [name, target])) };
}

async function microsOf({ client, server }: Pair, calls: number, inFlight: number): Promise<number> {
  const before = (await server.ask<ServedReport>({})).cpuMicros;
  const request: LoadRequest = { kind: "closed-loop", calls, inFlight };
  const { cpuMicros } = await client.ask<LoadReport>(request);
  return cpuMicros + (await server.ask<ServedReport>({})).cpuMicros - before;
}
