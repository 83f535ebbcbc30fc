/**
 * Whether the peer of one connection still answers. In: the bytes and streams of the connection, seen at each `check`, and the
 * request to verify it. Out: PINGs, and the state to a listener. It closes nothing itself.
 *
 *               idle for idleVerifyMs               verify(): PING
 *        ┌─────────────────────► unverified ───────────────────────► verifying ── no ack in time ──► dead
 *        │                            ▲                                  │                             ▲
 *      alive ◄────────────────────────┼────────── bytes or ack ──────────┘                             │
 *        │  ▲ bytes or ack            │                                                                │
 *        │  └─────────┬───────────────┴──┐                                                             │
 *        │            │                  │                                                             │
 *        └────────► pinged ───────────► suspect ───────────────────────────────────────────────────────┘
 *      silent: PING       no ack for              no ack for keepaliveTimeoutMs
 *                         a quarter of it
 *
 * Silence is counted from check to check, at most twice an interval each: while the event loop is blocked no byte can arrive, and
 * the peer is not to blame for it.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { EndpointLoad } from "../endpoint-load.ts";
import type { Connection } from "../transport.ts";
import { PingBudget } from "./ping-budget.ts";

/** How often a connection with open streams is checked, in ms: half the shortest default interval of a PING. */
export const CHECK_MS = 250;
/** The share of `keepaliveTimeoutMs` after which a peer is suspect: calls avoid it, and may still be answered. */
const SUSPECT_SHARE = 0.25;
/** How long a verification waits for its ack: four round trips, within these bounds. */
const MIN_VERIFY_MS = 200;
const MAX_VERIFY_MS = 1_000;
const VERIFY_ROUND_TRIPS = 4;
export interface LivenessOptions {
  /** A connection from which no byte came for this long is verified before its next call, in ms. */
  readonly idleVerifyMs: number;
  /** A PING is sent when a first byte is awaited for this long, and for twice the fleet's p95, on a silent connection, in ms. */
  readonly firstBytePingMs: number;
  /** A PING is sent when nothing came for this long while streams are open, in ms. */
  readonly keepaliveTimeMs: number;
  /** A peer without an answer to a PING for this long is dead, in ms; after a quarter of it calls avoid it. */
  readonly keepaliveTimeoutMs: number;
  /** PINGs between two times at which HEADERS or DATA come. */
  readonly maxPingsWithoutData: number;
}

export type LivenessState = "alive" | "unverified" | "verifying" | "pinged" | "suspect" | "dead";

export interface LivenessListener {
  /** After each change but the one to `dead`. */
  onLiveness(): void;
  /** No answer to a PING. `wasIdle`: it was verified before use, so no call was on it. */
  onDead(reason: string, wasIdle: boolean): void;
}

export interface LivenessDeps {
  readonly clock: Clock;
  readonly options: LivenessOptions;
  readonly load: EndpointLoad;
  /** Multiplies the intervals between PINGs. */
  readonly scale: () => number;
}

export class Liveness {
  readonly #connection: Connection;
  readonly #deps: LivenessDeps;
  readonly #listener: LivenessListener;
  readonly #budget: PingBudget;
  readonly #madeMs: number;
  #state: LivenessState = "alive";
  #isReady = false;
  /** A stream was opened, and the peer has not responded since: it owes an answer, or at least an ack. */
  #isOwed = false;
  /** `connection.responses` when the last stream was opened. */
  #responsesAtOpen = 0;
  /** Observed silence while the peer owes something, or since the last PING. */
  #silentMs = 0;
  #lastReceivedMs: number;
  #roundTripMs: number | undefined;
  #verifyTimer: Timer | undefined;

  constructor(connection: Connection, deps: LivenessDeps, listener: LivenessListener) {
    this.#connection = connection;
    this.#deps = deps;
    this.#listener = listener;
    this.#budget = new PingBudget(connection, deps.options.maxPingsWithoutData);
    this.#madeMs = deps.clock.now();
    this.#lastReceivedMs = this.#madeMs;
  }

  get state(): LivenessState {
    return this.#state;
  }

  /** Nothing came for so long that a network device may have forgotten the connection. */
  get isUnverified(): boolean {
    return this.#state === "unverified" || this.#state === "verifying";
  }

  /** Of the last PING; before the first one, half the time that TCP, TLS and SETTINGS took together. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  didBecomeReady(): void {
    this.#isReady = true;
    this.#lastReceivedMs = this.#deps.clock.now();
    this.#roundTripMs = (this.#lastReceivedMs - this.#madeMs) / 2;
  }

  didOpenStream(): void {
    this.#isOwed = true;
    this.#responsesAtOpen = this.#connection.responses;
  }

  didClose(): void {
    this.#verifyTimer?.cancel();
    this.#state = "dead";
  }

  /** Looks at the connection; `elapsedMs` is the time since the last check. Returns the time until the next one that is needed. */
  check(elapsedMs: number): number {
    if (!this.#isReady || this.#state === "dead") return Number.POSITIVE_INFINITY;
    const isSilent = !this.#readBytes();
    if (this.#connection.openCalls > 0) this.#didFindStreams();
    if (this.isUnverified) return Number.POSITIVE_INFINITY;
    if (!this.#isOwed) return this.#checkIdle();
    if (isSilent) this.#silentMs += Math.min(elapsedMs, 2 * CHECK_MS);
    if (this.#state === "alive") this.#checkSilence();
    else this.#checkAck();
    return CHECK_MS;
  }

  /** Sends a PING if the connection is unverified. False: it stays so, because the peer admits no further PING. */
  verify(): boolean {
    if (this.#state !== "unverified") return true;
    const nowMs = this.#deps.clock.now();
    if (!this.#budget.admits(nowMs) || !this.#ping(nowMs)) return false;
    const roundTripMs = this.#roundTripMs ?? MAX_VERIFY_MS;
    const waitMs = Math.min(MAX_VERIFY_MS, Math.max(MIN_VERIFY_MS, VERIFY_ROUND_TRIPS * roundTripMs));
    const onSilence = (): void =>
      this.#die(`did not acknowledge a PING within ${Math.round(waitMs)} ms, after it had been idle`, true);
    this.#verifyTimer = setPeerTimer(this.#deps.clock, waitMs, onSilence, { unref: true });
    this.#enter("verifying");
    return true;
  }

  /** The peer owes an answer. A stream on an unverified connection is one that a caller opened although it was to be avoided. */
  #didFindStreams(): void {
    this.#isOwed = true;
    if (this.#state === "unverified") this.#enter("alive");
  }

  /** Whether bytes have come since the last check. They may be older than the last stream, which is then still owed an answer. */
  #readBytes(): boolean {
    const { lastReceivedMs, responses } = this.#connection;
    if (lastReceivedMs <= this.#lastReceivedMs) return false;
    this.#lastReceivedMs = lastReceivedMs;
    this.#isOwed &&= responses === this.#responsesAtOpen;
    this.#didHear();
    return true;
  }

  #didHear(): void {
    this.#silentMs = 0;
    if (this.#state === "dead") return;
    this.#verifyTimer?.cancel();
    this.#enter("alive");
  }

  #checkIdle(): number {
    const remainingMs = this.#lastReceivedMs + this.#deps.options.idleVerifyMs - this.#deps.clock.now();
    if (remainingMs > 0) return remainingMs;
    this.#enter("unverified");
    return Number.POSITIVE_INFINITY;
  }

  #checkSilence(): void {
    const nowMs = this.#deps.clock.now();
    if (!this.#isSilentTooLong(nowMs) || !this.#budget.admits(nowMs) || !this.#ping(nowMs)) return;
    this.#silentMs = 0;
    this.#enter("pinged");
  }

  /** The short interval is for the first PING only: a slow call would otherwise use up the budget within a second. */
  #isSilentTooLong(nowMs: number): boolean {
    const { options, load, scale } = this.#deps;
    if (this.#silentMs >= options.keepaliveTimeMs * scale()) return true;
    const firstByteMs = Math.max(options.firstBytePingMs, 2 * (load.latency.p95Ms ?? 0)) * scale();
    if (this.#budget.spent > 0 || this.#silentMs < firstByteMs) return false;
    if (this.#connection.openCalls === 0) return true;
    const oldest = load.awaitingResponse.first;
    return oldest !== undefined && nowMs - oldest.startedMs >= firstByteMs;
  }

  #checkAck(): void {
    const { keepaliveTimeoutMs } = this.#deps.options;
    if (this.#silentMs >= keepaliveTimeoutMs)
      this.#die(`did not acknowledge a PING within ${keepaliveTimeoutMs} ms`, false);
    else if (this.#silentMs >= keepaliveTimeoutMs * SUSPECT_SHARE) this.#enter("suspect");
  }

  #ping(nowMs: number): boolean {
    const wasSent = this.#connection.ping((roundTripMs) => {
      this.#roundTripMs = roundTripMs;
      this.#lastReceivedMs = Math.max(this.#lastReceivedMs, this.#deps.clock.now());
      this.#isOwed = false;
      this.#didHear();
    });
    if (wasSent) this.#budget.didPing(nowMs);
    return wasSent;
  }

  #die(what: string, wasIdle: boolean): void {
    this.#enter("dead");
    this.#listener.onDead(what, wasIdle);
  }

  #enter(state: LivenessState): void {
    if (this.#state === state) return;
    this.#state = state;
    if (state !== "dead") this.#listener.onLiveness();
  }
}
