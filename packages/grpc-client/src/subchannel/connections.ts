/**
 * Every connection of one endpoint that has not closed yet: the current one, a successor, extra ones, and those that drain. Each has its
 * liveness, which is checked by the channel's monitor. In: the endpoint. Out: connections, and what their liveness says.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { Endpoint } from "../endpoint.ts";
import type { EndpointLoad } from "../endpoint-load.ts";
import type { Stream, StreamHead, StreamSink } from "../stream.ts";
import type { Connection, ConnectionListener, Goaway, Transport } from "../transport.ts";
import { Liveness, type LivenessDeps, type LivenessListener } from "./liveness.ts";
import type { LivenessMonitor } from "./liveness-monitor.ts";

/** HTTP/2's ENHANCE_YOUR_CALM with gRPC's debug data (gRFC A8): PINGs come half as often from then on, and at the least 64 times less often. */
const TOO_MANY_PINGS = { errorCode: 11, debug: "too_many_pings" } as const;
const MAX_PING_SCALE = 64;

export interface ConnectionsDeps {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly monitor: LivenessMonitor;
  readonly load: EndpointLoad;
  readonly endpoint: () => Endpoint;
  /** A connection was full, and can open a stream again. */
  readonly onRoom: () => void;
  /** The liveness of a connection has changed. */
  readonly onLiveness: (connection: Connection, liveness: Liveness) => void;
  /** No answer to a PING. `wasIdle`: no call was on it. The connection is still open. */
  readonly onDead: (connection: Connection, reason: string, wasIdle: boolean) => void;
  /** A connection has closed, and its own listener has heard of it. */
  readonly onClosed: () => void;
}

/** Receives the events of one connection, which comes with each: it exists only after its listener has been passed to `open`. */
export interface MemberListener {
  onReady(connection: Connection): void;
  onGoaway(connection: Connection, goaway: Goaway): void;
  onClose(connection: Connection, error: Error | undefined): void;
}

export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #livenessDeps: LivenessDeps;
  readonly #all = new Map<Connection, Liveness>();
  #pingScale = 1;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
    const { clock, monitor, load } = deps;
    this.#livenessDeps = { clock, options: monitor.options, load, scale: () => this.#pingScale };
  }

  get size(): number {
    return this.#all.size;
  }

  /** Undefined: it has closed. */
  livenessOf(connection: Connection): Liveness | undefined {
    return this.#all.get(connection);
  }

  open(listener: MemberListener): Connection {
    const { connection, liveness } = new Member(this.#deps, this.#livenessDeps, this.#all, listener);
    this.#all.set(connection, liveness);
    return connection;
  }

  openStream(connection: Connection, head: StreamHead, sink: StreamSink): Stream | undefined {
    this.#all.get(connection)?.didOpenStream();
    this.#deps.monitor.didOpenStream();
    return connection.open(head, sink);
  }

  /** A peer that has counted too many PINGs gets fewer of them. */
  didReceiveGoaway({ errorCode, debug }: Goaway): void {
    if (errorCode === TOO_MANY_PINGS.errorCode && debug.includes(TOO_MANY_PINGS.debug))
      this.#pingScale = Math.min(MAX_PING_SCALE, 2 * this.#pingScale);
  }

  /** Ends all of them now, with the streams on them. */
  destroy(error: Error): void {
    for (const connection of this.#all.keys()) connection.destroy(error);
  }
}

/** One connection and its liveness: receives what both say. An object and no closures, since there is one for each idle connection. */
class Member implements ConnectionListener, LivenessListener {
  readonly connection: Connection;
  readonly liveness: Liveness;
  readonly #deps: ConnectionsDeps;
  readonly #all: Map<Connection, Liveness>;
  readonly #listener: MemberListener;

  /** `all`: where it is found until it has closed. */
  constructor(
    deps: ConnectionsDeps,
    livenessDeps: LivenessDeps,
    all: Map<Connection, Liveness>,
    listener: MemberListener,
  ) {
    this.#deps = deps;
    this.#all = all;
    this.#listener = listener;
    this.connection = deps.transport.connect(deps.endpoint(), this);
    this.liveness = new Liveness(this.connection, livenessDeps, this);
  }

  // --- ConnectionListener

  onReady(): void {
    this.liveness.didBecomeReady();
    this.#deps.monitor.add(this.liveness);
    this.#listener.onReady(this.connection);
  }

  onRoom(): void {
    this.#deps.onRoom();
  }

  onGoaway(goaway: Goaway): void {
    this.#listener.onGoaway(this.connection, goaway);
  }

  onClose(error: Error | undefined): void {
    this.#deps.monitor.delete(this.liveness);
    this.#all.delete(this.connection);
    this.#listener.onClose(this.connection, error);
    this.liveness.didClose();
    this.#deps.onClosed();
  }

  // --- LivenessListener

  onLiveness(): void {
    this.#deps.onLiveness(this.connection, this.liveness);
  }

  onDead(reason: string, wasIdle: boolean): void {
    this.#deps.onDead(this.connection, reason, wasIdle);
  }
}
