/**
 * The cost of a stream's end while calls wait for room (MAX_CONCURRENT_STREAMS): the real pick queue and the real picker, with
 * endpoints that are numbers only. A stream ends, and the oldest waiting call takes its place.
 */

import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
// oxlint-disable no-restricted-imports -- Neither the queue nor the picker is part of the package's surface, and a whole
// call around them would be a hundred times what is measured here.
import type { Candidate } from "../../packages/grpc-client/src/balancer/candidate.ts";
import { PickQueue } from "../../packages/grpc-client/src/balancer/pick-queue.ts";
import { ScanPicker } from "../../packages/grpc-client/src/balancer/scan.ts";
import { type EndpointLoad, EndpointLoads } from "../../packages/grpc-client/src/endpoint-load.ts";
import { FleetLatency } from "../../packages/grpc-client/src/fleet-latency.ts";
import type { CompletePick, PickWaiter } from "../../packages/grpc-client/src/picker.ts";
// oxlint-enable no-restricted-imports
import type { Figures, RunOptions } from "./benchmark.ts";
import { median } from "./median.ts";

const LOADS = new EndpointLoads({
  latency: new FleetLatency(),
  clock: systemClock,
  learners: [],
  onEligibility: () => {},
});
const WAITING = [256, 10_000];
const ENDPOINTS = 2;
const STREAMS_PER_ENDPOINT = 100;
/** Streams that end in a round; the queue is filled up again after it, outside the time that is taken. */
const ENDS_PER_ROUND = 200;
const ROUNDS = 200;
const WARM_UP_ROUNDS = 50;

export async function queue({ quick, progress }: RunOptions): Promise<Figures> {
  const rounds = quick ? 2 : ROUNDS;
  const benches = WAITING.map((size) => ({ size, bench: new QueueBench(size), ns: [] as number[] }));
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    progress(`round ${Math.max(0, round)} of ${rounds}`);
    for (const { bench, ns } of benches) {
      const perEnd = bench.nanosPerEnd();
      if (round > 0) ns.push(perEnd);
    }
  }
  const ours = Object.fromEntries(benches.map(({ size, ns }) => [String(size), median(ns)]));
  const notes = [
    `ns of wall time, by number of waiting calls: medians of ${rounds} rounds of ${ENDS_PER_ROUND} streams that end`,
    `${ENDPOINTS} endpoints that admit ${STREAMS_PER_ENDPOINT} streams each`,
  ];
  return { unit: "ns per stream that ends", ours, peers: {}, notes };
}

class QueueBench {
  readonly #size: number;
  readonly #endpoints = Array.from({ length: ENDPOINTS }, (_, i) => new FullEndpoint(i));
  readonly #queue: PickQueue;

  constructor(size: number) {
    this.#size = size;
    const bounds = { maxWaitingCalls: size, maxWaitingBytes: size, maxWaitMs: 60_000 };
    this.#queue = new PickQueue(bounds, {
      clock: systemClock,
      onWaiting: () => {},
      canConnect: () => true,
      onRefusal: () => false,
      explain: () => "",
      typicalMs: () => undefined,
      onTooLate: () => {},
    });
    this.#queue.publish(new ScanPicker(this.#endpoints, systemRandom));
    this.#fill();
  }

  nanosPerEnd(): number {
    const startedMs = performance.now();
    for (let i = 0; i < ENDS_PER_ROUND; i++) {
      (this.#endpoints[i % ENDPOINTS] as FullEndpoint).load.inFlight--;
      this.#queue.retry();
    }
    const ns = ((performance.now() - startedMs) * 1e6) / ENDS_PER_ROUND;
    if (this.#queue.size !== this.#size - ENDS_PER_ROUND) throw new Error(`${this.#queue.size} calls wait`);
    this.#fill();
    return ns;
  }

  #fill(): void {
    while (this.#queue.size < this.#size) this.#queue.request(new WaitingCall());
  }
}

/** Carries as many streams as it admits. */
class FullEndpoint implements Candidate {
  readonly key: string;
  readonly endpoint: Candidate["endpoint"];
  readonly load: EndpointLoad;

  constructor(i: number) {
    this.endpoint = { host: `10.0.0.${i}`, port: 50051, kind: "task", lane: 0 };
    this.key = `10.0.0.${i}:50051`;
    this.load = LOADS.of(this.key);
    this.load.inFlight = STREAMS_PER_ENDPOINT;
  }

  get hasRoom(): boolean {
    return this.load.inFlight < STREAMS_PER_ENDPOINT;
  }

  open(): undefined {}
}

class WaitingCall implements PickWaiter {
  readonly method = { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: true };
  readonly tried: string[] = [];
  readonly waitForReady = false;
  readonly goesOn = false;
  readonly deadlineMs = Number.POSITIVE_INFINITY;
  readonly rank = 2;
  readonly heldBytes = 1;

  didPick({ subchannel }: CompletePick): void {
    subchannel.load.inFlight++;
  }

  didFailToPick(error: Error): void {
    throw error;
  }

  didDrop(): void {
    throw new Error("expected an endpoint");
  }
}
