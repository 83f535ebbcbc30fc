/**
 * Makes one endpoint set of many answers, none of which can be trusted alone. Comes in: answers, failed connects, the
 * time. Goes out: the set to use. Never does: take an endpoint away because one answer does not list it.
 *
 *              in an answer                  not in an answer
 *   (unknown) ─────────────► listed ──────────────────────────────► absent ──► (unknown)
 *                              ▲                                      │ connect fails, or
 *                              └──────────── in an answer ────────────┘ 2 complete answers over 2 × TTL
 *
 * Cloud Map's DNS tells at most 8 tasks, a different 8 each time, and lags behind what happens: so seeing is proof, and
 * not seeing is not.
 */

import { type Endpoint, type EndpointKey, EndpointSet, endpointKey } from "../endpoint.ts";

/** Absence must be told twice: a single answer can come from a name server that is behind. */
const ABSENT_ANSWERS = 2;
/** Two TTLs: every cache on the way has then asked anew at least once. */
const ABSENT_TTLS = 2;

/** What a strategy learned by asking once. */
export interface Answer {
  /** Empty: nothing usable. */
  readonly endpoints: readonly Endpoint[];
  /** The answer lists everything there is. Else it is partial: absence then says nothing. */
  readonly isComplete: boolean;
  readonly ttlMs: number;
}

interface Known {
  /** As the last answer that lists it has it. */
  endpoint: Endpoint;
  /** Since when, and how many complete answers in a row have not listed it; undefined while listed. */
  absence: { readonly sinceMs: number; readonly answers: number } | undefined;
}

export class Merge {
  readonly #maxEndpoints: number;
  readonly #known = new Map<EndpointKey, Known>();
  #set: EndpointSet = EndpointSet.empty;

  /** `maxEndpoints`: bound of the set, so that memory is bounded whatever answers say. Beyond it the longest absent goes. Default 1,000. */
  constructor({ maxEndpoints = 1_000 }: { readonly maxEndpoints?: number | undefined } = {}) {
    this.#maxEndpoints = maxEndpoints;
  }

  /** The same object until an endpoint comes or goes, or changes its priority or weight. */
  get set(): EndpointSet {
    return this.#set;
  }

  didAnswer(answer: Answer, nowMs: number): EndpointSet {
    // "empty: keep last known good". A fleet of none is told by connects that fail, not by an answer.
    if (answer.endpoints.length === 0) return this.#set;
    const listed = new EndpointSet(answer.endpoints);
    for (const [key, known] of this.#known) {
      if (listed.has(key)) known.absence = undefined;
      else this.#wasAbsent(key, known, answer, nowMs);
    }
    for (const endpoint of listed) this.#add(endpoint);
    return this.#publish();
  }

  /** An address that nobody lists and nobody answers at is gone: there is nothing to wait for. */
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

  /** Whether the set has the endpoint, with the same rank: an answer may change that. */
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
