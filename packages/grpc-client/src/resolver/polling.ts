/**
 * The resolver of every strategy that queries a service. In: a `Lookup`, which makes one query. Out: endpoint sets. `Refresh`
 * schedules the queries and `Merge` merges the answers. A failed or an empty answer keeps the last good set.
 */

import type { EndpointKey } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import { type Answer, Merge } from "./merge.ts";
import { clampTtl, Refresh, type RefreshDeps, type RefreshOptions } from "./refresh.ts";
import type { RefreshReason, Resolver, ResolverListener } from "./resolver.ts";

export interface LookupAnswer extends Answer {
  /** The number of records, if it is the most that the source returns. */
  readonly truncatedAt?: number | undefined;
  /** Listed instances without an address that could be called. */
  readonly skipped?: readonly string[] | undefined;
}

/** The query of one strategy. */
export interface Lookup {
  /** Error text for an answer without endpoints: the query and the possible reasons. */
  readonly whenEmpty: string;
  /** Queries once, in bounded time. An answer without endpoints counts as an error. @throws the reason why no answer came. */
  resolve(): Promise<LookupAnswer>;
  /** A connection has ended or is about to, so a remembered answer may be stale. Only lookups that remember answers have it. */
  onConnectionLost?(): void;
  /** Aborts the running query, and is the last call. */
  cancel(): void;
}

export type PollingDeps = Omit<RefreshDeps, "ask">;

export class PollingResolver implements Resolver {
  readonly #lookup: Lookup;
  readonly #deps: PollingDeps;
  readonly #minTtlMs: number;
  readonly #refresh: Refresh;
  readonly #merge = new Merge();
  #listener: ResolverListener | undefined;
  #wasTruncated = false;
  #hasSkipped = false;

  constructor(lookup: Lookup, deps: PollingDeps, { minTtlMs }: RefreshOptions) {
    this.#lookup = lookup;
    this.#deps = deps;
    this.#minTtlMs = minTtlMs;
    this.#refresh = new Refresh({ ...deps, ask: () => this.#ask() }, { minTtlMs });
  }

  start(listener: ResolverListener): void {
    this.#listener = listener;
    this.#refresh.start();
  }

  refresh(reason: RefreshReason): void {
    if (reason === "connection-lost" || reason === "goaway") this.#lookup.onConnectionLost?.();
    this.#refresh.request(reason);
  }

  setStandby(standby: boolean): void {
    this.#refresh.setStandby(standby);
  }

  didFailToConnect(key: EndpointKey): void {
    const before = this.#merge.set;
    const after = this.#merge.didFailToConnect(key);
    if (after !== before) this.#listener?.onUpdate(after);
  }

  close(): void {
    this.#listener = undefined;
    this.#refresh.close();
    this.#lookup.cancel();
  }

  async #ask(): Promise<number | undefined> {
    let answer: LookupAnswer;
    try {
      answer = await this.#lookup.resolve();
    } catch (error) {
      return this.#didFail(ChannelError.from(error));
    }
    if (answer.endpoints.length > 0) return this.#didAnswer(answer);
    return this.#didFail(new ChannelError(Status.unavailable, this.#lookup.whenEmpty));
  }

  #didFail(error: ChannelError): undefined {
    this.#listener?.onError(error);
  }

  #didAnswer(answer: LookupAnswer): number {
    const ttlMs = clampTtl(answer.ttlMs, this.#minTtlMs);
    const set = this.#merge.didAnswer({ ...answer, ttlMs }, this.#deps.clock.now());
    this.#listener?.onUpdate(set);
    if (answer.truncatedAt !== undefined && !this.#wasTruncated) {
      this.#wasTruncated = true;
      this.#listener?.onTruncated(answer.truncatedAt);
    }
    if (answer.skipped !== undefined && answer.skipped.length > 0 && !this.#hasSkipped) {
      this.#hasSkipped = true;
      this.#listener?.onSkipped(answer.skipped);
    }
    return ttlMs;
  }
}
