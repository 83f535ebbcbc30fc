/**
 * Large messages, both ways at the same time as they come: CPU of the client and throughput, with nothing between it and its server and
 * at a round trip of 20 ms, after the first transfers. Ours is the channel in bytes, as grpc-js's stub has no codec here. grpc-js has
 * its largest window.
 */

import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import { Child } from "./child.ts";
import type { DelayProxyOptions, DelayProxyReport } from "./delay-proxy.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { median } from "./median.ts";
import { addressOf, LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";

const CLIENTS = ["bytes", "grpc-js-stub", "grpc-js-window"] as const;
type Client = (typeof CLIENTS)[number];
const MIB = 1 << 20;
const ROUND_TRIPS_MS = [0, 20] as const;
/** `calls` of each turn, `inFlight` at a time. */
const SIZES = [
  { mib: 1, calls: 32, inFlight: 4 },
  { mib: 16, calls: 4, inFlight: 2 },
] as const;
const FULL = { processes: 3, warmUpMib: 128, rounds: 6, secondsOfCase: 25, part: 1 };
const QUICK = { processes: 1, warmUpMib: 16, rounds: 1, secondsOfCase: 25, part: 1 / 4 };

type Volume = typeof FULL;

export async function large(options: RunOptions): Promise<Figures> {
  const volume = options.quick ? QUICK : FULL;
  const cases: (readonly [name: string, figures: Variant])[] = [];
  for (const roundTripMs of ROUND_TRIPS_MS) cases.push(...(await measure(roundTripMs, volume, options)));
  const [[, first], ...others] = cases as [(typeof cases)[number], ...typeof cases];
  const notes = [
    `medians of ${volume.processes} processes of each peer in turn, up to ${volume.rounds} rounds each; MiB of one direction, which is half of what flows`,
    "the first table is CPU with messages of 1 MiB and no delay",
  ];
  return { unit: CPU_UNIT, ours: first.ours, peers: first.peers, variants: Object.fromEntries(others), notes };
}

const CPU_UNIT = "ms CPU per MiB";

async function measure(
  roundTripMs: number,
  volume: Volume,
  { tell, progress }: RunOptions,
): Promise<(readonly [string, Variant])[]> {
  await using processes = new AsyncDisposableStack();
  const target = await startServer(processes, roundTripMs);
  const peers = startPeers(processes, CLIENTS, target, volume.processes);
  tell(`${roundTripMs === 0 ? "no delay" : `round trip ${roundTripMs} ms`}: one endpoint, loopback, plaintext`);
  const variants: (readonly [string, Variant])[] = [];
  for (const { mib, calls, inFlight } of SIZES) {
    const title = `${mib}-mib${roundTripMs === 0 ? "" : `-${roundTripMs}-ms`}`;
    progress(`${title}: warming up`);
    for (const peer of peers) await transfer(peer, mib, Math.ceil(volume.warmUpMib / mib), inFlight);
    const figures = new Figure();
    const untilMs = performance.now() + volume.secondsOfCase * 1_000;
    let round = 0;
    do {
      progress(`${title}: round ${++round} of ${volume.rounds}`);
      for (const peer of peers)
        figures.add(peer.name, await transfer(peer, mib, Math.ceil(calls * volume.part), inFlight));
    } while (round < volume.rounds && performance.now() < untilMs);
    variants.push(...figures.variants(title));
  }
  return variants;
}

async function startServer(
  processes: AsyncDisposableStack,
  roundTripMs: number,
): Promise<{ readonly addresses: readonly string[] }> {
  const { target } = await LoadServer.start(processes, 1);
  if (roundTripMs === 0) return target;
  const options: DelayProxyOptions = { to: addressOf(target.addresses[0] as string), delayMs: roundTripMs / 2 };
  const proxy = processes.use(new Child("the delay", "./delay-proxy.ts", [JSON.stringify(options)]));
  return { addresses: [(await proxy.ask<DelayProxyReport>({})).address] };
}

interface Transfer {
  readonly cpuMsPerMib: number;
  readonly mibPerSecond: number;
}

async function transfer({ child }: RunningPeer, mib: number, calls: number, inFlight: number): Promise<Transfer> {
  const request: LoadRequest = { kind: "large", calls, inFlight, bytes: mib * MIB };
  const { cpuMicros, elapsedMs = Number.NaN } = await child.ask<LoadReport>(request);
  return { cpuMsPerMib: cpuMicros / 1_000 / (calls * mib), mibPerSecond: (calls * mib * 1_000) / elapsedMs };
}

/** What all processes of each client did with messages of one size. */
class Figure {
  readonly #transfers: Record<Client, Transfer[]> = { bytes: [], "grpc-js-stub": [], "grpc-js-window": [] };

  add(client: Client, transfer: Transfer): void {
    this.#transfers[client].push(transfer);
  }

  variants(title: string): readonly (readonly [string, Variant])[] {
    return [
      [title, this.#beside("bytes", CPU_UNIT, ({ cpuMsPerMib }) => cpuMsPerMib)],
      [`${title}-throughput`, this.#beside("bytes", "MiB/s", ({ mibPerSecond }) => mibPerSecond)],
      [`grpc-js-stub-${title}`, this.#beside("grpc-js-stub", CPU_UNIT, ({ cpuMsPerMib }) => cpuMsPerMib)],
      [`grpc-js-stub-${title}-throughput`, this.#beside("grpc-js-stub", "MiB/s", ({ mibPerSecond }) => mibPerSecond)],
    ];
  }

  #beside(ours: Client, unit: string, figureOf: (transfer: Transfer) => number): Variant {
    const of = (client: Client): number => median(this.#transfers[client].map(figureOf));
    return { unit, ours: of(ours), peers: { "grpc-js": of("grpc-js-window") } };
  }
}
