/**
 * A resolver whose code is loaded when it starts: a channel with fixed addresses needs none of it, and one that asks DNS does not need
 * AWS. In: what loads it. Out: its results; one error if it cannot be loaded.
 */

import type { EndpointKey } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import type { RefreshReason, Resolver, ResolverListener } from "./resolver.ts";

export class LoadedResolver implements Resolver {
  readonly #name: string;
  readonly #load: () => Promise<Resolver>;
  #inner: Resolver | undefined;
  #isStandby = false;
  #isClosed = false;

  /** `name`: of the strategy, for the error. */
  constructor(name: string, load: () => Promise<Resolver>) {
    this.#name = name;
    this.#load = load;
  }

  start(listener: ResolverListener): void {
    void this.#start(listener);
  }

  /** One that comes before the resolver is loaded is answered by its first query. */
  refresh(reason: RefreshReason): void {
    this.#inner?.refresh(reason);
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

  async #start(listener: ResolverListener): Promise<void> {
    let inner: Resolver;
    try {
      inner = await this.#load();
    } catch (cause) {
      const text = `the resolver ${this.#name} could not be loaded: ${(cause as Error).message}`;
      if (!this.#isClosed) listener.onError(new ChannelError(Status.unavailable, text, { cause }));
      return;
    }
    if (this.#isClosed) return inner.close();
    this.#inner = inner;
    inner.setStandby(this.#isStandby);
    inner.start(listener);
  }
}
