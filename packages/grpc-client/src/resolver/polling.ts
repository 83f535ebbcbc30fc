/**
 * The resolver of every strategy that queries a service. In: a `Lookup`, which makes one query. Out: endpoint sets. `Refresh`
 * schedules the queries and `Merge` merges the answers. A failed answer keeps the last good set, and so does an empty one until it is
 * confirmed.
 */

import type { Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { EndpointKey, EndpointSet } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import type { EndpointMemory } from "./endpoint-file.ts";
import { type Answer, Merge } from "./merge.ts";
import { clampTtl, Refresh, type RefreshDeps, type RefreshOptions } from "./refresh.ts";
import type { Reach, RefreshReason, Resolver, ResolverListener } from "./resolver.ts";

export interface LookupAnswer extends Answer {
  /** The number of records, if it is the most that the source returns. */
  readonly truncatedAt?: number | undefined;
  /** Listed instances without an address that could be called. */
  readonly skipped?: readonly string[] | undefined;
}

/** How long the first answer may take until saved endpoints are used. */
const RESTORE_AFTER_MS = 1_000;

/** The query of one strategy. */
export interface Lookup {
  /** Error text for an answer without endpoints: the query and the possible reasons. */
  readonly whenEmpty: string;
  /**
   * Queries once, in bounded time. An answer without endpoints counts as an error; if it is complete, nothing is registered.
   * @throws the reason why no answer came.
   */
  resolve(): Promise<LookupAnswer>;
  /** A connection has ended or is about to, so a remembered answer may be stale. Only lookups that remember answers have it. */
  onConnectionLost?(): void;
  /** Aborts the running query, and is the last call. */
  cancel(): void;
}

export interface PollingDeps extends Omit<RefreshDeps, "ask"> {
  /** Whether the channel's calls reach an endpoint. Default: `unknown` for each. */
  readonly reachOf?: ((key: EndpointKey) => Reach) | undefined;
  /** Saves the endpoints for the next process. Default: they are not saved. */
  readonly memory?: EndpointMemory | undefined;
}

export class PollingResolver implements Resolver {
  readonly #lookup: Lookup;
  readonly #deps: PollingDeps;
  readonly #minTtlMs: number;
  readonly #refresh: Refresh;
  readonly #merge: Merge;
  #listener: ResolverListener | undefined;
  #wasTruncated = false;
  #hasSkipped = false;
  #isQuarantined = false;
  #expiry: Timer | undefined;
  /** Runs until the first answer or the first failure. */
  #restoreTimer: Timer | undefined;
  #mayRestore: boolean;

  constructor(lookup: Lookup, deps: PollingDeps, { minTtlMs }: RefreshOptions) {
    this.#lookup = lookup;
    this.#deps = deps;
    this.#minTtlMs = minTtlMs;
    this.#mayRestore = deps.memory !== undefined;
    this.#merge = new Merge({ reachOf: deps.reachOf });
    this.#refresh = new Refresh({ ...deps, ask: () => this.#ask() }, { minTtlMs });
  }

  start(listener: ResolverListener): void {
    this.#listener = listener;
    this.#refresh.start();
    if (!this.#mayRestore) return;
    const restore = (): void => void this.#restore();
    this.#restoreTimer = setPeerTimer(this.#deps.clock, RESTORE_AFTER_MS, restore, { unref: true });
  }

  refresh(reason: RefreshReason): void {
    if (reason === "connection-lost" || reason === "goaway") this.#lookup.onConnectionLost?.();
    this.#refresh.request(reason);
  }

  setStandby(standby: boolean): void {
    this.#refresh.setStandby(standby);
  }

  didFailToConnect(key: EndpointKey): void {
    this.#change(() => this.#merge.didFailToConnect(key));
  }

  didDisconnect(key: EndpointKey): void {
    this.#change(() => this.#merge.didDisconnect(key));
  }

  close(): void {
    this.#listener = undefined;
    this.#expiry?.cancel();
    this.#restoreTimer?.cancel();
    this.#refresh.close();
    this.#lookup.cancel();
  }

  async #ask(): Promise<number | undefined> {
    let answer: LookupAnswer;
    try {
      answer = await this.#lookup.resolve();
    } catch (error) {
      if (this.#mayRestore) await this.#restore();
      return this.#didFail(ChannelError.from(error));
    }
    if (answer.endpoints.length === 0 && this.#mayRestore) await this.#restore();
    if (answer.endpoints.length > 0) return this.#didAnswer(answer);
    return this.#didAnswerNothing(answer, new ChannelError(Status.unavailable, this.#lookup.whenEmpty));
  }

  #didAnswerNothing(answer: LookupAnswer, error: ChannelError): undefined {
    const before = this.#merge.set;
    const after = this.#merge.didAnswer(answer, this.#deps.clock.now());
    if (after === before) return this.#didFail(error);
    this.#setExpiry();
    this.#listener?.onEmptied(error);
  }

  #didFail(error: ChannelError): undefined {
    this.#listener?.onError(error);
  }

  #didAnswer(answer: LookupAnswer): number {
    this.#endRestore();
    const ttlMs = clampTtl(answer.ttlMs, this.#minTtlMs);
    const set = this.#merge.didAnswer({ ...answer, ttlMs }, this.#deps.clock.now());
    this.#setExpiry();
    this.#listener?.onUpdate(set);
    this.#deps.memory?.save(set);
    this.#warn(answer);
    return ttlMs;
  }

  #warn({ truncatedAt, skipped = [] }: LookupAnswer): void {
    if (truncatedAt !== undefined && !this.#wasTruncated) {
      this.#wasTruncated = true;
      this.#listener?.onTruncated(truncatedAt);
    }
    if (skipped.length > 0 && !this.#hasSkipped) {
      this.#hasSkipped = true;
      this.#listener?.onSkipped(skipped);
    }
    const { quarantined } = this.#merge;
    if (quarantined > 0 && !this.#isQuarantined) this.#listener?.onQuarantined(quarantined);
    this.#isQuarantined = quarantined > 0;
  }

  /** The saved endpoints count as a partial answer: later answers confirm or remove them. */
  async #restore(): Promise<void> {
    this.#restoreTimer?.cancel();
    const saved = await this.#deps.memory?.read();
    // An answer may have come meanwhile, or the end.
    if (saved === undefined || !this.#mayRestore || this.#listener === undefined) return this.#endRestore();
    this.#endRestore();
    const answer = { endpoints: saved.endpoints, isComplete: false, ttlMs: 0 };
    this.#listener.onRestored(this.#merge.didAnswer(answer, this.#deps.clock.now()), saved.ageMs);
  }

  #endRestore(): void {
    this.#mayRestore = false;
    this.#restoreTimer?.cancel();
  }

  #change(makeSet: () => EndpointSet): void {
    const before = this.#merge.set;
    const after = makeSet();
    if (after !== before) this.#listener?.onUpdate(after);
  }

  /** Reserves end on time, whenever the next answer comes. */
  #setExpiry(): void {
    const { clock } = this.#deps;
    this.#expiry?.cancel();
    const { expiresAtMs } = this.#merge;
    if (expiresAtMs === undefined || this.#listener === undefined) return;
    const expire = (): void => {
      this.#change(() => this.#merge.expire(clock.now()));
      this.#setExpiry();
    };
    this.#expiry = clock.setTimer(expiresAtMs - clock.now(), expire, { unref: true });
  }
}
