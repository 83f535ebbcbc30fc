/**
 * What a client adds to the latency of a call: an open loop at three rates, each peer in its own process and in turns. The
 * latency of a call counts from its intended start.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { percentile } from "./percentile.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";

/** performance.md section 5. */
const RATES = [2_000, 500, 100] as const;
const NAMES = ["ours", "over-node-http2", "grpc-js", "node:http2"] as const;
type Name = (typeof NAMES)[number];

/** In each round each peer runs for so long at each rate. */
const FULL = { sliceMs: 1_000, rounds: 8, warmUpCalls: 8_000 };
const QUICK = { sliceMs: 20, rounds: 1, warmUpCalls: 10 };
const PERCENTILES = [50, 99] as const;

type Latencies = Readonly<Record<Name, number[]>>;

export async function latency({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { sliceMs, rounds, warmUpCalls } = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const { target } = await LoadServer.start(processes, 2);
  const peers = startPeers(processes, NAMES, target);
  tell(`to ${target.addresses.join(" and ")}: loopback, plaintext, 100 bytes there and back`);
  for (const { name, child } of peers) {
    progress(`warming up ${name}`);
    await child.ask<LoadReport>({ kind: "closed-loop", calls: warmUpCalls, inFlight: 8 } satisfies LoadRequest);
  }

  const byRate = new Map(RATES.map((rate) => [rate, noLatencies()]));
  for (let round = 1; round <= rounds; round++)
    for (const [rate, latencies] of byRate) {
      progress(`round ${round} of ${rounds}, ${rate} calls a second`);
      for (const peer of peers) latencies[peer.name].push(...(await slice(peer, rate, sliceMs)));
    }

  const figures = [...byRate].flatMap(([rate, latencies]) =>
    PERCENTILES.map((p) => [`p${p} at ${rate}/s`, figureOf(latencies, p)] as const),
  );
  const [[, first], ...others] = figures as [(typeof figures)[number], ...typeof figures];
  const notes = [
    `${rounds} rounds of ${sliceMs} ms by each peer in turn; the first table is p50 at ${RATES[0]} calls a second`,
  ];
  return { unit: "ms", ...first, variants: Object.fromEntries(others), notes };
}

function noLatencies(): Latencies {
  return { ours: [], "over-node-http2": [], "grpc-js": [], "node:http2": [] };
}

async function slice({ child }: RunningPeer, perSecond: number, ms: number): Promise<readonly number[]> {
  const calls = Math.max(1, Math.round((perSecond * ms) / 1_000));
  const request: LoadRequest = { kind: "open-loop", calls, perSecond };
  return (await child.ask<LoadReport>(request)).latenciesMs ?? [];
}

function figureOf(latencies: Latencies, p: number): Pick<Figures, "peers"> & { readonly ours: number } {
  const { ours, ...peers } = latencies;
  const entries = Object.entries(peers).map(([name, values]) => [name, percentile(values, p)] as const);
  return { ours: percentile(ours, p), peers: Object.fromEntries(entries) };
}
