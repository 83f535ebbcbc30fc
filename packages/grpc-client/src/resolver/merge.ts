/**
 * Merges answers, each of which may be partial or stale, into one endpoint set. In: answers, failed and lost connections, the
 * time. Out: the set to use. It never removes an endpoint because a single answer does not list it.
 *
 *              in an answer                 not in an answer
 *   (unknown) ─────────────► listed ─────────────────────────► absent ──────────────────────────────► reserve
 *                              ▲                                 │   confirmed by complete answers,      │
 *                              │                                 │   and it serves calls                 │
 *                              └─────── in an answer ────────────┼───────────────────────────────────────┤
 *                                                                ▼                                       ▼
 *                                                            (unknown)                               (unknown)
 *     absent ends:  its connect fails; a connection is lost after a complete answer; confirmed, and it serves no calls
 *     reserve ends: the same, and after 60 s
 *
 * Cloud Map's DNS returns at most 8 tasks, another 8 each time, and lags behind the registry. A listed task is therefore
 * registered, but a task that is not listed may be registered too.
 */

import { type Endpoint, type EndpointKey, EndpointSet } from "../endpoint.ts";
import type { Reach } from "./resolver.ts";

/** When the absence of an endpoint from complete answers counts as confirmed. */
interface Confirmation {
  /** Complete answers in a row without it. */
  readonly answers: number;
  readonly ms: number;
}

/**
 * A single answer can come from a name server that lags behind. After two TTLs every cache on the way has been refreshed at least
 * once.
 */
const ABSENT_ANSWERS = 2;
const ABSENT_TTLS = 2;
/**
 * For the loss of most of the endpoints that serve calls, and of all of them: a deployment does not look like this, a fault of the
 * registry does. A minute covers its usual causes: a failed health check, a name server that restarts.
 */
const SUSPECT: Confirmation = { answers: 3, ms: 60_000 };
const SUSPECT_RATIO = 0.5;
/** Long enough for the fleet that replaces it to take over the calls. */
const RESERVE_MS = 60_000;
/** Below this probability that a registered task was in none of the samples since it was last seen, an unconnected one is removed. */
const LN_UNSEEN = Math.log(1e-4);

/** The result of one lookup. */
export interface Answer {
  /** Empty: the answer has no usable endpoint. */
  readonly endpoints: readonly Endpoint[];
  /** True: the answer lists every endpoint. False: endpoints that it does not list may exist. */
  readonly isComplete: boolean;
  /** True: each answer is another random sample of the endpoints, as with MULTIVALUE routing. Default false. */
  readonly isSample?: boolean | undefined;
  readonly ttlMs: number;
}

interface Absence {
  readonly sinceMs: number;
  /** Complete answers in a row without the endpoint. */
  readonly answers: number;
  /** The logarithm of the probability that a registered task is in none of the samples since then. */
  readonly lnUnseen: number;
}

interface Known {
  /** From the last answer that lists it. */
  endpoint: Endpoint;
  /** Undefined while listed. */
  absence: Absence | undefined;
  /** Undefined unless it is a reserve. */
  reserveSinceMs: number | undefined;
}

type KnownEntry = readonly [EndpointKey, Known];

export interface MergeInit {
  /** Bound of the set, which bounds memory. Beyond it the longest absent endpoint is removed. Default 1,000. */
  readonly maxEndpoints?: number | undefined;
  /** Whether the channel's calls reach an endpoint. Default: `unknown` for each. */
  readonly reachOf?: ((key: EndpointKey) => Reach) | undefined;
}

export class Merge {
  readonly #maxEndpoints: number;
  readonly #reachOf: (key: EndpointKey) => Reach;
  readonly #known = new Map<EndpointKey, Known>();
  #set: EndpointSet = EndpointSet.empty;
  /** The set is older than the last change of `#known`. */
  #isStale = false;
  /** Since when, and how many answers in a row have been empty. */
  #empty: { readonly sinceMs: number; readonly answers: number } | undefined;
  #quarantined = 0;

  constructor({ maxEndpoints = 1_000, reachOf = () => "unknown" }: MergeInit = {}) {
    this.#maxEndpoints = maxEndpoints;
    this.#reachOf = reachOf;
  }

  /** The same object until an endpoint is added or removed, becomes a reserve, or changes an attribute. */
  get set(): EndpointSet {
    return this.#set;
  }

  /** Endpoints that serve calls and stay only because too many of them are missing from complete answers. */
  get quarantined(): number {
    return this.#quarantined;
  }

  /** When `expire` removes the next reserve; undefined without a reserve. */
  get expiresAtMs(): number | undefined {
    let sinceMs = Number.POSITIVE_INFINITY;
    for (const { reserveSinceMs } of this.#known.values()) sinceMs = Math.min(sinceMs, reserveSinceMs ?? sinceMs);
    return Number.isFinite(sinceMs) ? sinceMs + RESERVE_MS : undefined;
  }

  didAnswer(answer: Answer, nowMs: number): EndpointSet {
    if (answer.endpoints.length === 0) return answer.isComplete ? this.#didAnswerNothing(nowMs) : this.#set;
    this.#empty = undefined;
    const listed = new EndpointSet(answer.endpoints);
    const absent: KnownEntry[] = [];
    for (const entry of this.#known) {
      const endpoint = listed.get(entry[0]);
      if (endpoint === undefined) absent.push(entry);
      else this.#didList(entry[1], endpoint);
    }
    didOmit(absent, listed.size, answer, nowMs);
    for (const [key, endpoint] of listed.entries()) if (!this.#known.has(key)) this.#add(key, endpoint);
    this.#quarantined = 0;
    if (answer.isComplete) this.#confirm(absent, answer.ttlMs, nowMs);
    else this.#dropUnseen(absent);
    return this.#publish();
  }

  /** Removes an endpoint that the last answer did not list: it is neither registered nor reachable. */
  didFailToConnect(key: EndpointKey): EndpointSet {
    if (this.#known.get(key)?.absence !== undefined) this.#remove(key);
    return this.#publish();
  }

  /** Removes an endpoint that complete answers no longer list: by now its address may belong to another task. */
  didDisconnect(key: EndpointKey): EndpointSet {
    if ((this.#known.get(key)?.absence?.answers ?? 0) > 0) this.#remove(key);
    return this.#publish();
  }

  /** Removes the reserves whose time has passed. */
  expire(nowMs: number): EndpointSet {
    for (const [key, { reserveSinceMs = nowMs }] of this.#known)
      if (nowMs - reserveSinceMs >= RESERVE_MS) this.#remove(key);
    return this.#publish();
  }

  /** An empty answer keeps the last set, until it is confirmed and no endpoint can be reached. */
  #didAnswerNothing(nowMs: number): EndpointSet {
    const { sinceMs, answers } = this.#empty ?? { sinceMs: nowMs, answers: 0 };
    this.#empty = { sinceMs, answers: answers + 1 };
    const isConfirmed = answers + 1 >= SUSPECT.answers && nowMs - sinceMs >= SUSPECT.ms;
    if (isConfirmed && [...this.#known.keys()].every((key) => this.#reachOf(key) === "unreachable"))
      for (const key of this.#known.keys()) this.#remove(key);
    return this.#publish();
  }

  #confirm(absent: readonly KnownEntry[], ttlMs: number, nowMs: number): void {
    const usual: Confirmation = { answers: ABSENT_ANSWERS, ms: ABSENT_TTLS * ttlMs };
    const serving = new Set(absent.filter(([key]) => this.#reachOf(key) === "serving"));
    const needed = this.#isMost(serving.size) ? SUSPECT : usual;
    for (const entry of absent) {
      const [key, known] = entry;
      if (!serving.has(entry)) {
        if (isConfirmed(known, usual, nowMs)) this.#remove(key);
      } else if (isConfirmed(known, needed, nowMs)) this.#hold(known, nowMs);
      else if (needed === SUSPECT) this.#quarantined++;
    }
  }

  /** Whether so many are more than half of all endpoints that serve calls. */
  #isMost(count: number): boolean {
    if (count === 0) return false;
    let serving = 0;
    for (const key of this.#known.keys()) if (this.#reachOf(key) === "serving") serving++;
    return count > SUSPECT_RATIO * serving;
  }

  /** Endpoints without a connection that a registered task's share of the samples would have shown by now. */
  #dropUnseen(absent: readonly KnownEntry[]): void {
    for (const [key, { absence }] of absent)
      if (absence !== undefined && absence.lnUnseen < LN_UNSEEN && this.#reachOf(key) !== "serving") this.#remove(key);
  }

  #hold(known: Known, nowMs: number): void {
    if (known.reserveSinceMs !== undefined) return;
    known.reserveSinceMs = nowMs;
    known.endpoint = { ...known.endpoint, isReserve: true };
    this.#isStale = true;
  }

  #didList(known: Known, endpoint: Endpoint): void {
    if (!isSame(known.endpoint, endpoint)) this.#isStale = true;
    known.endpoint = endpoint;
    known.absence = undefined;
    known.reserveSinceMs = undefined;
  }

  #add(key: EndpointKey, endpoint: Endpoint): void {
    if (this.#known.size >= this.#maxEndpoints && !this.#dropLongestAbsent()) return;
    this.#known.set(key, { endpoint, absence: undefined, reserveSinceMs: undefined });
    this.#isStale = true;
  }

  #dropLongestAbsent(): boolean {
    let longest: { readonly key: EndpointKey; readonly sinceMs: number } | undefined;
    for (const [key, { absence }] of this.#known) {
      if (absence === undefined) continue;
      if (longest === undefined || absence.sinceMs < longest.sinceMs) longest = { key, sinceMs: absence.sinceMs };
    }
    if (longest !== undefined) this.#remove(longest.key);
    return longest !== undefined;
  }

  #remove(key: EndpointKey): void {
    this.#known.delete(key);
    this.#isStale = true;
  }

  #publish(): EndpointSet {
    if (this.#isStale) {
      const byKey = new Map<EndpointKey, Endpoint>();
      for (const [key, { endpoint }] of this.#known) byKey.set(key, endpoint);
      this.#set = EndpointSet.ofKeyed(byKey);
      this.#isStale = false;
    }
    return this.#set;
  }
}

/** The name, too: an address can be reused within two answers, and snapshots show the new task's name with it. */
function isSame(a: Endpoint, b: Endpoint): boolean {
  const isRankedSame = a.priority === b.priority && a.weight === b.weight && a.isReserve === b.isReserve;
  return isRankedSame && a.zone === b.zone && a.name === b.name;
}

/** Counts an answer that does not list these endpoints. */
function didOmit(absent: readonly KnownEntry[], listed: number, { isComplete, isSample }: Answer, nowMs: number): void {
  // MULTIVALUE: a sample of 8 of N lacks a task with the probability 1 − 8/N. N are the known tasks.
  const lnMissed = isSample === true ? Math.log(1 - listed / (listed + absent.length)) : 0;
  for (const [, known] of absent) {
    const { sinceMs, answers, lnUnseen } = known.absence ?? { sinceMs: nowMs, answers: 0, lnUnseen: 0 };
    known.absence = { sinceMs, answers: isComplete ? answers + 1 : answers, lnUnseen: lnUnseen + lnMissed };
  }
}

function isConfirmed({ absence }: Known, { answers, ms }: Confirmation, nowMs: number): boolean {
  return absence !== undefined && absence.answers >= answers && nowMs - absence.sinceMs >= ms;
}
