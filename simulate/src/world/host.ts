/**
 * One server. In: requests with an amount of work. Out: the first byte and the end of each response, at their instants.
 * There are two models of how it serves several requests at once; see `FifoHost` and `SharingHost`.
 */

import type { Random } from "@agent-team/foundation/random";
import type { VirtualTime } from "./virtual-time.ts";

/** A request as a host gets it. It receives the first byte before the end of a successful response, and one end. */
export interface Request {
  /** The work, in ms on an idle healthy host. */
  readonly workMs: number;
  /** The share of the work after which the first byte leaves: 1 for unary calls. */
  readonly firstByteShare: number;
  onFirstByte(): void;
  onEnd(succeeded: boolean): void;
}

/** What a host is like, over time. */
export interface Manner {
  /** 1: healthy. 0.1: each request takes ten times as long. A request keeps the speed with which its service began (FIFO). */
  speed(nowMs: number): number;
  /** The share of requests that fail, 0 to 1. */
  failureRatio(nowMs: number): number;
}

export const HEALTHY: Manner = { speed: () => 1, failureRatio: () => 0 };

/** A failing host answers at once, without using a slot. */
const FAILS_IN_MS = 1;

export interface HostOptions {
  /** How many requests it serves at full speed at once. */
  readonly slots: number;
  readonly manner: Manner;
  readonly time: VirtualTime;
  /** Decides which requests fail. */
  readonly random: Random;
}

export abstract class Host {
  /** Requests that have come. */
  arrivals = 0;
  protected readonly slots: number;
  protected readonly manner: Manner;
  protected readonly time: VirtualTime;
  readonly #random: Random;

  constructor({ slots, manner, time, random }: HostOptions) {
    this.slots = slots;
    this.manner = manner;
    this.time = time;
    this.#random = random;
  }

  accept(request: Request): void {
    this.arrivals++;
    const ratio = this.manner.failureRatio(this.time.now());
    if (ratio > 0 && this.#random() < ratio) this.time.setTimer(FAILS_IN_MS, () => request.onEnd(false));
    else this.serve(request);
  }

  protected abstract serve(request: Request): void;
}
