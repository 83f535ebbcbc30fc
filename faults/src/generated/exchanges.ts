/**
 * Generated exchanges with a server that breaks the protocol, over both HTTP/2 transports of our client. In: a seed, a number. Out: how
 * they ended, and each broken oracle with the seed that repeats it: a success of wrong or cut data, a right answer that failed, a call that hung or ended
 * twice, an uncaught error, memory that grew.
 *
 *   connection: 24 calls at once, each with an answer that is right or wrong within its stream; then one whose answer ends the connection
 */

import { createChannel, Status, statusName, type TransportKind } from "@agent-team/grpc-client";
import { garbageCollector } from "../load/memory-samples.ts";
import { exchange, faultOf } from "./exchange.ts";
import { GeneratingPeer } from "./peer.ts";

const CALLS_AT_ONCE = 24;
const CALLS_PER_CONNECTION = CALLS_AT_ONCE + 1;
/** While a channel waits to connect again after last words, the others go on. */
const CHANNELS_AT_ONCE = 8;
export const TRANSPORTS: readonly TransportKind[] = ["node:http2", "own"];
/** What is alive before so many exchanges is caches and compiled code. */
const WARM_EXCHANGES = 20_000;
/** Of what is alive after a garbage collection. */
const MAX_GROWTH_BYTES = 4 << 20;

export interface ExchangesResult {
  /** Answers that the peer has sent. */
  readonly exchanges: number;
  readonly seed: number;
  /** Ends by the name of their status. */
  readonly ends: Readonly<Record<string, number>>;
  /** Since the 20,000th exchange; undefined in a shorter run. */
  readonly grownBytes: number | undefined;
  readonly violations: readonly string[];
}

/** Over one transport after the other, or over the one of `transports`. */
export async function runExchanges(
  count: number,
  seed: number,
  transports: readonly TransportKind[] = TRANSPORTS,
): Promise<ExchangesResult> {
  await using peer = await GeneratingPeer.start();
  const run = new Run(peer.port, seed, transports);
  const didThrow = (error: unknown): void => void run.violations.push(`an uncaught error: ${String(error)}`);
  process.on("unhandledRejection", didThrow);
  process.on("uncaughtException", didThrow);
  try {
    await run.until(Math.min(count, WARM_EXCHANGES));
    const before = count > WARM_EXCHANGES ? await aliveBytes() : undefined;
    await run.until(count);
    const grownBytes = before === undefined ? undefined : (await aliveBytes()) - before;
    if ((grownBytes ?? 0) > MAX_GROWTH_BYTES) run.violations.push(`${grownBytes} bytes more are alive at the end`);
    return { exchanges: peer.answered, seed, ends: run.ends, grownBytes, violations: run.violations };
  } finally {
    process.off("unhandledRejection", didThrow);
    process.off("uncaughtException", didThrow);
  }
}

class Run {
  readonly ends: Record<string, number> = {};
  readonly violations: string[] = [];
  readonly #port: number;
  readonly #firstSeed: number;
  readonly #transports: readonly TransportKind[];
  #connections = 0;

  constructor(port: number, firstSeed: number, transports: readonly TransportKind[]) {
    this.#port = port;
    this.#firstSeed = firstSeed;
    this.#transports = transports;
  }

  /** Until there have been so many exchanges, the earlier ones included. */
  async until(exchanges: number): Promise<void> {
    const work = async (): Promise<void> => {
      while (this.#connections * CALLS_PER_CONNECTION < exchanges) await this.#connectOnce(this.#connections++);
    };
    await Promise.all(Array.from({ length: CHANNELS_AT_ONCE }, work));
  }

  async #connectOnce(at: number): Promise<void> {
    const transport = this.#transports[at % this.#transports.length] as TransportKind;
    const channel = createChannel(`ipv4:127.0.0.1:${this.#port}`, { transport });
    const seed = this.#firstSeed + at * CALLS_PER_CONNECTION;
    const calls = Array.from({ length: CALLS_AT_ONCE }, (_, i) => exchange(channel, seed + i, false));
    const within = await Promise.all(calls);
    const last = await exchange(channel, seed + CALLS_AT_ONCE, true);
    await channel.close(0);
    for (const one of [...within, last]) {
      const end = statusName(one.error?.code ?? Status.ok);
      this.ends[end] = (this.ends[end] ?? 0) + 1;
      const fault = faultOf(one);
      if (fault !== undefined) this.violations.push(`${transport}, seed ${one.seed}: ${fault}`);
    }
  }
}

/** Both halves of a run in one. */
export function together(one: ExchangesResult, other: ExchangesResult): ExchangesResult {
  const names = new Set([...Object.keys(one.ends), ...Object.keys(other.ends)]);
  return {
    exchanges: one.exchanges + other.exchanges,
    seed: one.seed,
    ends: Object.fromEntries([...names].map((name) => [name, (one.ends[name] ?? 0) + (other.ends[name] ?? 0)])),
    grownBytes: one.grownBytes === undefined ? other.grownBytes : one.grownBytes + (other.grownBytes ?? 0),
    violations: [...one.violations, ...other.violations],
  };
}

/** For people. */
export function exchangesText({ exchanges, seed, ends, grownBytes = 0, violations }: ExchangesResult): string {
  const counts = Object.entries(ends).toSorted(([, a], [, b]) => b - a);
  const byStatus = counts.map(([name, count]) => `${name} ${count}`).join(", ");
  const memory = `${(grownBytes / (1 << 20)).toFixed(1)} MiB more alive at the end`;
  return `${exchanges} from seed ${seed}: ${byStatus}; ${memory}; ${violations.length} violations`;
}

/** The memory of a buffer is given back in a later turn than that in which its object was collected. */
async function aliveBytes(): Promise<number> {
  const collect = garbageCollector();
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
