/**
 * What an answer of discovery costs until calls use it: the real merge, tiers, pool of subchannels and balancer, in a channel whose
 * transport connects at once. Each answer lists all endpoints. `same`: the same ones as before; `one`: one of them is another one.
 */

import { systemClock } from "@agent-team/foundation/clock";
import { seededRandom } from "@agent-team/foundation/random";
import {
  type Channel,
  createChannel,
  type Endpoint,
  type Resolver,
  type ResolverListener,
} from "@agent-team/grpc-client";
import { loadEndpoints } from "@agent-team/grpc-client/testing";
// oxlint-disable-next-line no-restricted-imports -- The merge is no part of the package's surface, and is a part of what is measured.
import { Merge } from "../../packages/grpc-client/src/resolver/merge.ts";
import type { Figures, RunOptions } from "./benchmark.ts";
import { median } from "./median.ts";
import { readyAtOnce } from "./ready-at-once.ts";

/** fault-tolerance.md section 9: "update of 1,000 endpoints ≤ 1 ms". */
const SIZES = [10, 100, 1_000];
/** The default: a channel connects to so many of them. */
const SUBSET_SIZE = 64;
const ROUNDS = 100;
/** Rounds that do not count: the JIT has seen all sizes by then. */
const WARM_UP_ROUNDS = 50;
/** Far below the TTL in which an absent endpoint is kept, so that each replaced one is removed by its failed connect. */
const TTL_MS = 10_000;

export async function update({ quick, progress }: RunOptions): Promise<Figures> {
  const benches = await Promise.all(SIZES.map((size) => UpdateBench.of(size)));
  const rounds = quick ? 2 : ROUNDS;
  const warmUp = quick ? 0 : WARM_UP_ROUNDS;
  for (let round = 1 - warmUp; round <= rounds; round++) {
    if (round % 20 === 0) progress(`round ${Math.max(0, round)} of ${rounds}`);
    for (const bench of benches) await bench.measure(round > 0);
  }
  const ours = Object.fromEntries(
    benches.flatMap(({ size, sameUs, oneUs }) => [
      [`${size} same`, median(sameUs)],
      [`${size} one`, median(oneUs)],
    ]),
  );
  for (const bench of benches) await bench.close();
  const notes = [
    `µs of wall time from an answer to the new picker, by number of endpoints: medians of ${rounds} rounds`,
  ];
  return { unit: "µs per update", ours, peers: {}, notes };
}

class UpdateBench {
  readonly size: number;
  readonly sameUs: number[] = [];
  readonly oneUs: number[] = [];
  readonly #resolver = new AnsweredResolver();
  readonly #channel: Channel;
  #endpoints: readonly Endpoint[];
  #next: number;

  private constructor(size: number) {
    this.size = size;
    this.#next = size;
    this.#endpoints = Array.from({ length: size }, (_, i) => endpointNumber(i));
    this.#channel = createChannel("dns:///workflow-agent:50051", {
      resolvers: [this.#resolver],
      random: seededRandom(1),
      createTransport: () => readyAtOnce,
      subsetSize: SUBSET_SIZE,
    });
  }

  static async of(size: number): Promise<UpdateBench> {
    await loadEndpoints();
    const bench = new UpdateBench(size);
    bench.#resolver.answer(bench.#endpoints);
    while (!bench.#isConnected) await turn();
    return bench;
  }

  async measure(counts: boolean): Promise<void> {
    const same = await this.#microseconds(this.#endpoints);
    const [oldest, ...rest] = this.#endpoints;
    this.#endpoints = [...rest, endpointNumber(this.#next++)];
    const one = await this.#microseconds(this.#endpoints);
    // Its connect fails: the merge removes it, and the set keeps its size.
    if (oldest !== undefined) this.#resolver.remove(oldest);
    await turn();
    if (!counts) return;
    this.sameUs.push(same);
    this.oneUs.push(one);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  get #isConnected(): boolean {
    const known = this.#channel.snapshot().tiers[0]?.endpoints ?? [];
    const ready = known.filter(({ connectivity }) => connectivity === "ready");
    return ready.length === Math.min(this.size, SUBSET_SIZE);
  }

  async #microseconds(endpoints: readonly Endpoint[]): Promise<number> {
    // What a lookup does in any case: each answer has endpoints of its own.
    const answer = endpoints.map((endpoint) => ({ ...endpoint }));
    const startedMs = performance.now();
    this.#resolver.answer(answer);
    await Promise.resolve(); // the new picker is made in a microtask
    return (performance.now() - startedMs) * 1_000;
  }
}

/** A resolver without a service behind it. */
class AnsweredResolver implements Resolver {
  readonly #merge = new Merge();
  #listener: ResolverListener | undefined;

  start(listener: ResolverListener): void {
    this.#listener = listener;
  }

  answer(endpoints: readonly Endpoint[]): void {
    this.#listener?.onUpdate(this.#merge.didAnswer({ endpoints, isComplete: true, ttlMs: TTL_MS }, systemClock.now()));
  }

  remove({ host, port }: Endpoint): void {
    this.#listener?.onUpdate(this.#merge.didFailToConnect(`${host}:${port}`));
  }

  refresh(): void {}
  setStandby(): void {}
  didFailToConnect(): void {}
  didDisconnect(): void {}
  close(): void {}
}

function endpointNumber(i: number): Endpoint {
  return { host: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, port: 50051, kind: "task", lane: 0 };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
