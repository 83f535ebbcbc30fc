/**
 * Every connection of one endpoint that has not closed yet: the current one, a successor, extra ones, and those that drain. Each has its
 * liveness, which is checked by the channel's monitor. In: the endpoint. Out: connections, and what their liveness says.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { Endpoint } from "../endpoint.ts";
import type { EndpointLoad } from "../endpoint-load.ts";
import type { Stream, StreamHead, StreamSink } from "../stream.ts";
import type { Connection, ConnectionListener, Goaway, Transport } from "../transport.ts";
import { Liveness } from "./liveness.ts";
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

export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #all = new Map<Connection, Liveness>();
  #pingScale = 1;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Undefined: it has closed. */
  livenessOf(connection: Connection): Liveness | undefined {
    return this.#all.get(connection);
  }

  /** A listener refers to its connection, which exists only after the listener has been passed to `connect`. */
  open(listenerOf: (self: () => Connection) => Omit<ConnectionListener, "onRoom">): Connection {
    const { transport, monitor, endpoint, onRoom, onClosed } = this.#deps;
    const listener = listenerOf(() => connection);
    const connection: Connection = transport.connect(endpoint(), {
      onReady: () => {
        liveness.didBecomeReady();
        monitor.add(liveness);
        listener.onReady();
      },
      onRoom,
      onGoaway: (goaway) => listener.onGoaway(goaway),
      onClose: (error) => {
        monitor.delete(liveness);
        this.#all.delete(connection);
        listener.onClose(error);
        liveness.didClose();
        onClosed();
      },
    });
    const liveness = this.#createLiveness(connection);
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

  #createLiveness(connection: Connection): Liveness {
    const { clock, monitor, load, onLiveness, onDead } = this.#deps;
    const liveness: Liveness = new Liveness(
      connection,
      { clock, options: monitor.options, load, scale: () => this.#pingScale },
      {
        onLiveness: () => onLiveness(connection, liveness),
        onDead: (reason, wasIdle) => onDead(connection, reason, wasIdle),
      },
    );
    return liveness;
  }
}
