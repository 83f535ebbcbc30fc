/** The transport of a channel, with what every transport needs. In: the one that the channel loads or its options make. Out: its connections. */

import type { Clock } from "@agent-team/foundation/clock";
import type { Endpoint } from "./endpoint.ts";
import { FailedConnection } from "./failed-connection.ts";
import { withoutInbound } from "./inbound.ts";
import type { Connection, ConnectionListener, Transport } from "./transport.ts";

export class ChannelTransport implements Transport {
  readonly #transport: Transport;
  readonly #clock: Clock;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** A connection serves many calls: it is not made for the inbound call during which it happens to be opened. */
  connect(endpoint: Endpoint, listener: ConnectionListener): Connection {
    try {
      return withoutInbound(() => this.#transport.connect(endpoint, listener));
    } catch (error) {
      // Node throws for a port above 65,535, which a resolver of the options may list.
      return new FailedConnection(error as Error, this.#clock.now(), listener);
    }
  }
}
