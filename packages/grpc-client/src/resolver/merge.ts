/**
 * Merges answers, each of which may be partial or stale, into one endpoint set. In: answers, failed connects, the time. Out: the
 * set to use. It never removes an endpoint because a single answer does not list it.
 *
 *              in an answer                  not in an answer
 *   (unknown) ─────────────► listed ──────────────────────────────► absent ──► (unknown)
 *                              ▲                                      │ connect fails, or
 *                              └──────────── in an answer ────────────┘ 2 complete answers over 2 × TTL
 *
 * Cloud Map's DNS returns at most 8 tasks, another 8 each time, and lags behind the registry. A listed task is therefore
 * registered, but a task that is not listed may be registered too.
 */

import { type Endpoint, type EndpointKey, EndpointSet, endpointKey } from "../endpoint.ts";

/** Complete answers without an endpoint that remove it. A single one can come from a name server that lags behind. */
const ABSENT_ANSWERS = 2;
/** After two TTLs every cache on the way has been refreshed at least once. */
const ABSENT_TTLS = 2;

/** The result of one lookup. */
export interface Answer {
  /** Empty: the answer has no usable endpoint. */
  readonly endpoints: readonly Endpoint[];
  /** True: the answer lists every endpoint. False: endpoints that it does not list may exist. */
  readonly isComplete: boolean;
  readonly ttlMs: number;
}

interface Known {
  /** From the last answer that lists it. */
  endpoint: Endpoint;
  /** Since when, and how many complete answers in a row have not listed it; undefined while listed. */
  absence: { readonly sinceMs: number; readonly answers: number } | undefined;
}

export class Merge {
  readonly #maxEndpoints: number;
  readonly #known = new Map<EndpointKey, Known>();
  #set: EndpointSet = EndpointSet.empty;

  /** `maxEndpoints`: bound of the set, which bounds memory. Beyond it the longest absent endpoint is removed. Default 1,000. */
  constructor({ maxEndpoints = 1_000 }: { readonly maxEndpoints?: number | undefined } = {}) {
    this.#maxEndpoints = maxEndpoints;
  }

  /** The same object until an endpoint is added or removed, or changes its priority or weight. */
  get set(): EndpointSet {
    return this.#set;
  }

  didAnswer(answer: Answer, nowMs: number): EndpointSet {
    // An empty answer keeps the last set. If all tasks have ended, failed connects remove them.
    if (answer.endpoints.length === 0) return this.#set;
    const listed = new EndpointSet(answer.endpoints);
    for (const [key, known] of this.#known) {
      if (listed.has(key)) known.absence = undefined;
      else this.#wasAbsent(key, known, answer, nowMs);
    }
    for (const endpoint of listed) this.#add(endpoint);
    return this.#publish();
  }

  /** Removes an endpoint that the last answer did not list: it is neither registered nor reachable. */
  didFailToConnect(key: EndpointKey): EndpointSet {
    if (this.#known.get(key)?.absence !== undefined) this.#known.delete(key);
    return this.#publish();
  }

  #wasAbsent(key: EndpointKey, known: Known, answer: Answer, nowMs: number): void {
    const { sinceMs, answers } = known.absence ?? { sinceMs: nowMs, answers: 0 };
    known.absence = { sinceMs, answers: answer.isComplete ? answers + 1 : answers };
    const isGone = known.absence.answers >= ABSENT_ANSWERS && nowMs - sinceMs >= ABSENT_TTLS * answer.ttlMs;
    if (answer.isComplete && isGone) this.#known.delete(key);
  }

  #add(endpoint: Endpoint): void {
    const key = endpointKey(endpoint);
    const known = this.#known.get(key);
    if (known !== undefined) {
      known.endpoint = endpoint;
      return;
    }
    if (this.#known.size >= this.#maxEndpoints && !this.#dropLongestAbsent()) return;
    this.#known.set(key, { endpoint, absence: undefined });
  }

  #dropLongestAbsent(): boolean {
    let longest: { readonly key: EndpointKey; readonly sinceMs: number } | undefined;
    for (const [key, { absence }] of this.#known) {
      if (absence === undefined) continue;
      if (longest === undefined || absence.sinceMs < longest.sinceMs) longest = { key, sinceMs: absence.sinceMs };
    }
    return longest !== undefined && this.#known.delete(longest.key);
  }

  /** Whether the published set has the endpoint with the same priority and weight, which an answer may change. */
  #has(key: EndpointKey, { endpoint }: Known): boolean {
    const before = this.#set.get(key);
    return before !== undefined && before.priority === endpoint.priority && before.weight === endpoint.weight;
  }

  #publish(): EndpointSet {
    const isSame =
      this.#known.size === this.#set.size && [...this.#known].every(([key, known]) => this.#has(key, known));
    if (!isSame) this.#set = new EndpointSet([...this.#known.values()].map(({ endpoint }) => endpoint));
    return this.#set;
  }
}
