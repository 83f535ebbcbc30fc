/**
 * Replaces the ready connection of an endpoint by a new one, make before break: behind a load balancer by age, after new certificates, and
 * after an ejection. In: the ready connection. Out: its successor, when it has answered a PING. SETTINGS are no proof: with TLS 1.3 a server
 * refuses a client certificate after the client's side of the handshake is done.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Connection, Goaway } from "../transport.ts";
import type { MemberListener } from "./connections.ts";
import type { ReadyState } from "./states.ts";

/** Behind a load balancer a connection sticks to one task, so it is renewed: 5 min ± 20 % spreads a fleet's renewals. */
const RECYCLE_MS = 300_000;
const RECYCLE_JITTER = 0.2;
/** Why a connection is recycled, for the event. */
const MAX_AGE = "max age";
export const RENEWED = "the certificates were renewed";

export interface RenewalDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly open: (listener: MemberListener) => Connection;
  /** Connections are replaced by age. */
  readonly isAged: () => boolean;
  /** Undefined: no connection is ready. */
  readonly ready: () => ReadyState | undefined;
  /** The successor of `old` works. */
  readonly onProven: (successor: Connection, old: ReadyState, reason: string) => void;
  /** Of a successor, also when it is the current connection by now. */
  readonly onGoaway: (connection: Connection, goaway: Goaway) => void;
  /** Of a successor that is the current connection by now, or no longer needed. */
  readonly onClose: (connection: Connection, error: Error | undefined) => void;
  /** The successor could not be made: the old connection stays, and is replaced later. */
  readonly onFailed: (reason: string, error: Error) => void;
}

export class Renewal {
  readonly #deps: RenewalDeps;
  #timer: Timer | undefined;
  /** A connection that is being made to replace the current one. */
  #successor: Connection | undefined;
  /** Whether the certificates have changed since the connection was begun that is being made. */
  #isStale = false;

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
  }

  /** A first connection is being made, with the certificates of this moment. */
  didBeginConnecting(): void {
    this.#isStale = false;
  }

  /** A connection is ready. */
  start(): void {
    this.stop();
    if (this.#isStale) this.#wait(0, RENEWED);
    else if (this.#deps.isAged()) this.#wait();
    this.#isStale = false;
  }

  /** The ready connection has ended, or is replaced. Its successor goes on. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** What is being connected was begun before the certificates changed. */
  didBecomeStale(): void {
    this.#isStale = true;
  }

  /** Replaces the ready connection within `withinMs`. Default reason: new certificates. */
  renew(withinMs: number, reason: string = RENEWED): void {
    this.stop();
    this.#wait(this.#deps.random() * withinMs, reason);
  }

  /** The successor becomes the connection that is being made. */
  takeSuccessor(): Connection | undefined {
    const successor = this.#successor;
    this.#successor = undefined;
    return successor;
  }

  /** Whether it was the successor until now. */
  release(connection: Connection): boolean {
    if (this.#successor !== connection) return false;
    this.#successor = undefined;
    return true;
  }

  destroySuccessor(reason: string): void {
    this.#successor?.destroy(new Error(reason));
  }

  #wait(delayMs: number = this.#recycleMs(), reason: string = MAX_AGE): void {
    this.#timer = this.#deps.clock.setTimer(delayMs, () => this.#recycle(reason), { unref: true });
  }

  #recycleMs(): number {
    return RECYCLE_MS * (1 + RECYCLE_JITTER * (2 * this.#deps.random() - 1));
  }

  /** The old connection serves until the next one is proven, and stays if that fails. */
  #recycle(reason: string): void {
    const { open, ready, onProven, onGoaway, onClose, onFailed } = this.#deps;
    const old = ready();
    if (old === undefined) return;
    // A successor that is still on its way was begun with other certificates, or hangs.
    this.takeSuccessor()?.destroy(new Error(reason));
    this.#wait();
    this.#successor = open({
      onReady: (opened) => void opened.ping(() => onProven(opened, old, reason)),
      onGoaway,
      onClose: (opened, error) => {
        // It has become the current one since, and the successor may be the next one after it.
        if (!this.release(opened)) return onClose(opened, error);
        if (error !== undefined) onFailed(reason, error);
      },
    });
  }
}
