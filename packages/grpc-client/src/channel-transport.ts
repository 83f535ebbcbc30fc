/**
 * The transport of a channel. In: its options. Out: the transport that they give, or one on HTTP/2, whose code is loaded when the first
 * channel is made: it is half of this package, and an import of the package alone needs none of it.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { ResolvedChannelOptions, TransportKind } from "./channel-options.ts";
import type { Endpoint } from "./endpoint.ts";
import { ChannelError } from "./errors.ts";
import { withoutInbound } from "./inbound.ts";
import { Status } from "./status.ts";
import type { Connection, ConnectionListener, CreateTransport, Transport, TransportOptions } from "./transport.ts";

export interface ChannelTransportListener {
  /** Connections can be opened from now on. Not called when they can be from the beginning. */
  onLoaded(): void;
  /** The code is not there, or cannot be read: no connection will be opened. */
  onFault(error: ChannelError): void;
}

export class ChannelTransport implements Transport {
  #transport: Transport | undefined;

  constructor(
    { createTransport, transport: kind }: Pick<ResolvedChannelOptions, "createTransport" | "transport">,
    options: TransportOptions,
    clock: Clock,
    listener: ChannelTransportListener,
  ) {
    if (createTransport !== undefined) this.#transport = createTransport(options, clock);
    else void this.#load(kind, options, clock, listener);
  }

  get isLoaded(): boolean {
    return this.#transport !== undefined;
  }

  /** Only when it is loaded. A connection serves many calls: it is not made for the inbound call during which it happens to be opened. */
  connect(endpoint: Endpoint, listener: ConnectionListener): Connection {
    const transport = this.#transport as Transport;
    return withoutInbound(() => transport.connect(endpoint, listener));
  }

  async #load(
    kind: TransportKind,
    options: TransportOptions,
    clock: Clock,
    listener: ChannelTransportListener,
  ): Promise<void> {
    try {
      const create = await loadHttp2(kind);
      this.#transport = create(options, clock);
    } catch (cause) {
      const text = `the client's HTTP/2 (${kind}) could not be loaded: ${(cause as Error).message}`;
      return listener.onFault(new ChannelError(Status.unavailable, text, { cause }));
    }
    listener.onLoaded();
  }
}

/** Rejects when the code is not there, or cannot be read. */
export async function loadHttp2(kind: TransportKind): Promise<CreateTransport> {
  if (kind === "own") {
    const { OwnHttp2Transport } = await import("./transport/own-http2.ts");
    return (options, clock) => new OwnHttp2Transport(options, clock);
  }
  const { NodeHttp2Transport } = await import("./transport/node-http2.ts");
  return (options, clock) => new NodeHttp2Transport(options, clock);
}
