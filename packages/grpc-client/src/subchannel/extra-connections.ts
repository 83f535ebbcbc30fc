/**
 * Further connections to one endpoint, beside its current one, while the peer admits too few streams on each
 * (MAX_CONCURRENT_STREAMS). In: the connections that are in use. Out: one more at 90 % of the streams that they admit together. An
 * extra connection is closed when it has been idle for as long as makes a connection unverified.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { Connection } from "../transport.ts";
import type { LivenessState } from "./liveness.ts";

/** Above this share of the admitted streams the next connection is made, so that it is ready when they are used up. */
const FULL_RATIO = 0.9;
/** After an extra connection has failed. The endpoint's current one works, so calls only wait for room. */
const RETRY_MS = 1_000;

/** What happens to an extra connection. */
export interface ExtraListener {
  onReady(): void;
  /** It has closed, or takes no new streams. Returns whether it took some until now. */
  onEnd(): boolean;
}

export interface ExtraConnectionsDeps {
  readonly clock: Clock;
  /** Most connections of the endpoint, the current one included. */
  readonly maxConnections: number;
  /** Opens a connection. The listener hears of it after `open` has returned. */
  readonly open: (listener: ExtraListener) => Connection;
  readonly stateOf: (connection: Connection) => LivenessState | undefined;
  readonly drain: (connection: Connection, reason: string) => void;
  /** One of them is ready. */
  readonly onRoom: () => void;
}

export class ExtraConnections {
  readonly #deps: ExtraConnectionsDeps;
  readonly #ready: Connection[] = [];
  #connecting: Connection | undefined;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: ExtraConnectionsDeps) {
    this.#deps = deps;
  }

  /** For the next stream, when the current connection has no room. The first ones are filled first, so that the others can end. */
  get withRoom(): Connection | undefined {
    return this.#ready.find((connection) => connection.hasRoom && this.#deps.stateOf(connection) !== "suspect");
  }

  /** After each stream that was opened: makes the next connection when the streams are nearly used up. */
  growBeside(current: Connection): void {
    if (current.openStreams < FULL_RATIO * current.peerSettings.maxConcurrentStreams) return;
    const { clock, maxConnections } = this.#deps;
    if (this.#connecting !== undefined || 1 + this.#ready.length >= maxConnections) return;
    if (clock.now() < this.#retryAtMs || !this.#areNearlyFull(current)) return;
    this.#connect();
  }

  /** Takes one out, to become the current connection. */
  take(): Connection | undefined {
    const taken = this.withRoom ?? this.#ready[0];
    if (taken !== undefined) this.#remove(taken);
    return taken;
  }

  /** It has been idle: nothing needs it any more. */
  didBecomeIdle(connection: Connection): void {
    if (this.#remove(connection)) this.#deps.drain(connection, "idle");
  }

  /** Takes no more streams on any of them. */
  drain(reason: string): void {
    for (const connection of this.#ready.splice(0)) this.#deps.drain(connection, reason);
    this.#connecting?.destroy(new Error(reason));
    this.#connecting = undefined;
  }

  #areNearlyFull(current: Connection): boolean {
    let open = current.openStreams;
    let admitted = current.peerSettings.maxConcurrentStreams;
    for (const { openStreams, peerSettings } of this.#ready) {
      open += openStreams;
      admitted += peerSettings.maxConcurrentStreams;
    }
    return open >= FULL_RATIO * admitted;
  }

  #connect(): void {
    const connection = this.#deps.open({
      onReady: () => {
        if (this.#connecting !== connection) return;
        this.#connecting = undefined;
        this.#ready.push(connection);
        this.#deps.onRoom();
      },
      onEnd: () => {
        if (this.#connecting === connection) {
          this.#connecting = undefined;
          this.#retryAtMs = this.#deps.clock.now() + RETRY_MS;
        }
        return this.#remove(connection);
      },
    });
    this.#connecting = connection;
  }

  #remove(connection: Connection): boolean {
    const at = this.#ready.indexOf(connection);
    if (at >= 0) this.#ready.splice(at, 1);
    return at >= 0;
  }
}
