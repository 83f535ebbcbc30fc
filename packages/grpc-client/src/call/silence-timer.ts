/**
 * Ends an attempt whose server is silent for too long: before its first response bytes, or between two messages. In: what the
 * attempt receives. Out: one call of `timeOut`. It is made only for an attempt that has such a limit before its deadline.
 *
 * A message costs one read of the clock, where there is a limit between messages. The entry in the wheel is not moved: when it expires, it looks at the last message and
 * waits for the rest.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { CallOptions, Method } from "../client-call.ts";
import { type DeadlineEntry, type DeadlineWheel, OUTSIDE_WHEEL } from "./deadline.ts";

/** A timer that runs later than this was held up by this process, and so were the bytes that it waits for. */
const LATE_MS = 100;

/** Times in ms, Infinity for no limit. */
export interface SilenceLimits {
  /** From the start of an attempt to its first response headers or message. */
  readonly firstByteTimeoutMs: number;
  /** From one message to the next, and from the response headers to the first message. */
  readonly idleTimeoutMs: number;
}

/**
 * The limits of one call. A method with a stream of requests has no limit before its response, because its server may wait for
 * requests; a method with one response has none after its first bytes.
 */
export function silenceLimitsOf(method: Method, options: CallOptions, rules: SilenceLimits): SilenceLimits {
  if (options.firstByteTimeoutMs === undefined && options.idleTimeoutMs === undefined) {
    if (method.unaryRequest && (!method.unaryResponse || rules.idleTimeoutMs === Infinity)) return rules;
  }
  return {
    firstByteTimeoutMs: method.unaryRequest ? (options.firstByteTimeoutMs ?? rules.firstByteTimeoutMs) : Infinity,
    idleTimeoutMs: method.unaryResponse ? Infinity : (options.idleTimeoutMs ?? rules.idleTimeoutMs),
  };
}

/** Whether one of the limits may end before `remainingMs` have passed: else the deadline is enough. */
export function hasLimitWithin({ firstByteTimeoutMs, idleTimeoutMs }: SilenceLimits, remainingMs: number): boolean {
  return firstByteTimeoutMs < remainingMs || idleTimeoutMs < remainingMs;
}

/** The attempt. */
export interface SilentAttempt {
  readonly startedMs: number;
  /** The caller holds the server back by flow control: its silence is no fault. */
  readonly isPaused: boolean;
  timeOut(message: string): void;
}

export class SilenceTimer implements DeadlineEntry {
  deadlineMs: number;
  wheelSlot: number = OUTSIDE_WHEEL;
  wheelIndex = 0;
  readonly #attempt: SilentAttempt;
  readonly #limits: SilenceLimits;
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  #lastMs: number | undefined;

  constructor(attempt: SilentAttempt, limits: SilenceLimits, clock: Clock, wheel: DeadlineWheel) {
    this.#attempt = attempt;
    this.#limits = limits;
    this.#clock = clock;
    this.#wheel = wheel;
    this.deadlineMs = attempt.startedMs + limits.firstByteTimeoutMs;
    wheel.add(this);
  }

  /** Response headers or a message have come. */
  didReceive(): void {
    // Without a limit between messages nothing is waited for any more.
    if (this.#limits.idleTimeoutMs === Number.POSITIVE_INFINITY) return this.stop();
    const isFirst = this.#lastMs === undefined;
    this.#lastMs = this.#clock.now();
    if (isFirst) this.#waitUntil(this.#lastMs + this.#limits.idleTimeoutMs);
  }

  /** The attempt has ended. */
  stop(): void {
    this.#wheel.remove(this);
  }

  onDeadline(): void {
    const now = this.#clock.now();
    const { firstByteTimeoutMs, idleTimeoutMs } = this.#limits;
    if (now - this.deadlineMs > LATE_MS) return this.#waitUntil(now + LATE_MS);
    if (this.#lastMs === undefined)
      return this.#attempt.timeOut(`no response within ${firstByteTimeoutMs} ms (firstByteTimeoutMs)`);
    if (this.#attempt.isPaused) this.#lastMs = now;
    if (this.#lastMs + idleTimeoutMs > now) return this.#waitUntil(this.#lastMs + idleTimeoutMs);
    this.#attempt.timeOut(`no message for ${idleTimeoutMs} ms (idleTimeoutMs)`);
  }

  #waitUntil(deadlineMs: number): void {
    this.#wheel.remove(this);
    this.deadlineMs = deadlineMs;
    this.#wheel.add(this);
  }
}
