/**
 * The cost of a pick: the real picker over real subchannels, with a transport that opens no socket. The sizes are measured in
 * turn. Each pick starts a call and ends the oldest one, as in a channel with 64 calls in flight.
 */

import { systemClock } from "@agent-team/foundation/clock";
import { seededRandom } from "@agent-team/foundation/random";
import type { Endpoint } from "@agent-team/grpc-client";
// oxlint-disable no-restricted-imports -- The picker is no part of the package's surface, and a whole call around it would
// be a hundred times what is measured here.
import { createPicker } from "../../packages/grpc-client/src/balancer/policy.ts";
import { EndpointLoads } from "../../packages/grpc-client/src/endpoint-load.ts";
import { ChannelEvents } from "../../packages/grpc-client/src/events.ts";
import { FleetLatency } from "../../packages/grpc-client/src/fleet-latency.ts";
import type { PickedSubchannel, Picker, PickInfo } from "../../packages/grpc-client/src/picker.ts";
import type { LivenessOptions } from "../../packages/grpc-client/src/subchannel/liveness.ts";
import { LivenessMonitor } from "../../packages/grpc-client/src/subchannel/liveness-monitor.ts";
import { Subchannel, type SubchannelListener } from "../../packages/grpc-client/src/subchannel/subchannel.ts";
// oxlint-enable no-restricted-imports
import type { Figures, RunOptions } from "./benchmark.ts";
import { median } from "./median.ts";
import { readyAtOnce } from "./ready-at-once.ts";

/** performance.md section 5. */
const SIZES = [2, 10, 64, 1_000];
const IN_FLIGHT = 64;
const PICKS_PER_ROUND = 20_000;
const ROUNDS = 30;
/** Rounds that do not count: the JIT has seen all sizes by then. */
const WARM_UP_ROUNDS = 5;
const FIRST_PICK: PickInfo = {
  method: { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: true },
  tried: [],
};
/** A pick sends none. */
const NO_PINGS: LivenessOptions = {
  idleVerifyMs: Number.POSITIVE_INFINITY,
  firstBytePingMs: Number.POSITIVE_INFINITY,
  keepaliveTimeMs: Number.POSITIVE_INFINITY,
  keepaliveTimeoutMs: 4_000,
  maxPingsWithoutData: 0,
};
/** The value does not matter: a fixed seed makes two runs pick the same endpoints. */
const SEED = 1;

export async function pick({ quick, progress }: RunOptions): Promise<Figures> {
  const benches = await Promise.all(
    SIZES.map(async (size) => ({ size, bench: await PickBench.of(size), ns: [] as number[] })),
  );
  const rounds = quick ? 2 : ROUNDS;
  const picks = quick ? 200 : PICKS_PER_ROUND;
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    progress(`round ${Math.max(0, round)} of ${rounds}`);
    for (const { bench, ns } of benches) {
      const perPick = bench.nanosPerPick(picks);
      if (round > 0) ns.push(perPick);
    }
  }
  const ours = Object.fromEntries(benches.map(({ size, ns }) => [String(size), median(ns)]));
  const notes = [
    `ns of wall time, by number of endpoints: medians of ${rounds} rounds of ${picks} picks, ${IN_FLIGHT} calls in flight`,
  ];
  return { unit: "ns per pick", ours, peers: {}, notes };
}

class PickBench {
  readonly #picker: Picker;
  /** The calls in flight, oldest next. */
  readonly #calls: PickedSubchannel[] = [];
  #oldest = 0;

  constructor(subchannels: readonly Subchannel[]) {
    this.#picker = createPicker("default", subchannels, seededRandom(SEED), false);
    for (let i = 0; i < IN_FLIGHT; i++) this.#calls.push(this.#start());
  }

  static async of(size: number): Promise<PickBench> {
    const ready = Promise.withResolvers<void>();
    let left = size;
    const listener: SubchannelListener = {
      onConnectivity: ({ connectivity }) => void (connectivity === "ready" && --left === 0 && ready.resolve()),
      onGoaway: () => {},
      onRoom: () => {},
      onConnectionClosed: () => {},
    };
    const deps = {
      transport: readyAtOnce,
      clock: systemClock,
      random: seededRandom(SEED),
      events: new ChannelEvents(),
      loads: new EndpointLoads({
        latency: new FleetLatency(),
        clock: systemClock,
        learners: [],
        onEligibility: () => {},
      }),
      monitor: new LivenessMonitor(NO_PINGS, systemClock),
      maxConnections: 1,
      watchHealth: undefined,
    };
    const subchannels = Array.from({ length: size }, (_, i) => new Subchannel(endpointNumber(i), deps, listener));
    for (const subchannel of subchannels) subchannel.connect();
    await ready.promise;
    return new PickBench(subchannels);
  }

  nanosPerPick(picks: number): number {
    const startedMs = performance.now();
    for (let i = 0; i < picks; i++) {
      const oldest = this.#calls[this.#oldest] as PickedSubchannel;
      oldest.load.inFlight--;
      this.#calls[this.#oldest] = this.#start();
      if (++this.#oldest === IN_FLIGHT) this.#oldest = 0;
    }
    return ((performance.now() - startedMs) * 1e6) / picks;
  }

  #start(): PickedSubchannel {
    const answer = this.#picker.pick(FIRST_PICK);
    if (answer.kind !== "complete") throw new Error(`expected an endpoint, got ${answer.kind}`);
    answer.subchannel.load.inFlight++;
    return answer.subchannel;
  }
}

function endpointNumber(i: number): Endpoint {
  return { host: `10.0.${i >> 8}.${i & 255}`, port: 50051, kind: "task", lane: 0 };
}
