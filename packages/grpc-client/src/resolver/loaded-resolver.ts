/**
 * A resolver whose code is loaded when it starts: a channel with fixed addresses needs none of it, and one that asks DNS does not need
 * AWS. In: what loads it. Out: its results; an error if it cannot be loaded, and another attempt when an answer is asked for later.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { EndpointKey } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import type { RefreshReason, Resolver, ResolverListener } from "./resolver.ts";

/** How long a failed load rests. */
const RETRY_MS = 1_000;

export class LoadedResolver implements Resolver {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #load: () => Promise<Resolver>;
  #listener: ResolverListener | undefined;
  #inner: Resolver | undefined;
  #failedMs: number | undefined;
  #isStandby = false;
  #isClosed = false;

  /** `name`: of the strategy, for the error. */
  constructor(name: string, clock: Clock, load: () => Promise<Resolver>) {
    this.#name = name;
    this.#clock = clock;
    this.#load = load;
  }

  start(listener: ResolverListener): void {
    this.#listener = listener;
    void this.#start(listener);
  }

  /** One that comes before the resolver is loaded is answered by its first query. */
  refresh(reason: RefreshReason): void {
    this.#inner?.refresh(reason);
    if (this.#listener === undefined || this.#failedMs === undefined || this.#isClosed) return;
    if (this.#clock.now() - this.#failedMs < RETRY_MS) return;
    this.#failedMs = undefined;
    void this.#start(this.#listener);
  }

  setStandby(standby: boolean): void {
    this.#isStandby = standby;
    this.#inner?.setStandby(standby);
  }

  didFailToConnect(key: EndpointKey): void {
    this.#inner?.didFailToConnect(key);
  }

  didDisconnect(key: EndpointKey): void {
    this.#inner?.didDisconnect(key);
  }

  close(): void {
    this.#isClosed = true;
    this.#inner?.close();
  }

  /** Never rejects. */
  async #start(listener: ResolverListener): Promise<void> {
    let what = "loaded";
    try {
      const inner = await this.#load();
      if (this.#isClosed) return inner.close();
      what = "started";
      inner.setStandby(this.#isStandby);
      this.#inner = inner;
      inner.start(listener);
    } catch (cause) {
      if (what === "loaded") this.#failedMs = this.#clock.now();
      const text = `the resolver ${this.#name} could not be ${what}: ${(cause as Error).message}`;
      if (!this.#isClosed) listener.onError(new ChannelError(Status.unavailable, text, { cause }));
    }
  }
}
