/**
 * The transport of a channel. In: its options. Out: the transport that they give, or one on HTTP/2, whose code is loaded when the first
 * channel is made: it is half of this package, and an import of the package alone needs none of it.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { ResolvedChannelOptions, TransportKind } from "./channel-options.ts";
import type { Endpoint } from "./endpoint.ts";
import { ChannelError } from "./errors.ts";
import { FailedConnection } from "./failed-connection.ts";
import { withoutInbound } from "./inbound.ts";
import { Status } from "./status.ts";
import type { Connection, ConnectionListener, CreateTransport, Transport, TransportOptions } from "./transport.ts";

/** How long a failed load rests before another call tries it again. */
const RETRY_MS = 1_000;

export interface ChannelTransportListener {
  /** Connections can be opened from now on. Not called when they can be from the beginning. */
  onLoaded(): void;
  /** The code is not there, or cannot be read: no connection can be opened until `retry` has succeeded. */
  onFault(error: ChannelError): void;
}

export class ChannelTransport implements Transport {
  readonly #kind: TransportKind;
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #listener: ChannelTransportListener;
  #transport: Transport | undefined;
  #fault: { readonly error: ChannelError; readonly atMs: number } | undefined;

  constructor(
    { createTransport, transport: kind }: Pick<ResolvedChannelOptions, "createTransport" | "transport">,
    options: TransportOptions,
    clock: Clock,
    listener: ChannelTransportListener,
  ) {
    this.#kind = kind;
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    if (createTransport !== undefined) this.#transport = createTransport(options, clock);
    else void this.#load();
  }

  get isLoaded(): boolean {
    return this.#transport !== undefined;
  }

  /** Why the code could not be loaded; undefined when it is loaded, and while it is being loaded. */
  get error(): ChannelError | undefined {
    return this.#fault?.error;
  }

  /**
   * Loads the code again, a second or more after it could not be loaded: a process may have had no file descriptor left. Node does not read a
   * file again whose code has thrown; such a retry ends as the first attempt. True: it is being loaded, or it is, and only `onLoaded` has thrown.
   */
  retry(): boolean {
    if (this.isLoaded) return true;
    if (this.#fault === undefined || this.#clock.now() - this.#fault.atMs < RETRY_MS) return false;
    this.#fault = undefined;
    void this.#load();
    return true;
  }

  /** Only when it is loaded. A connection serves many calls: it is not made for the inbound call during which it happens to be opened. */
  connect(endpoint: Endpoint, listener: ConnectionListener): Connection {
    const transport = this.#transport as Transport;
    try {
      return withoutInbound(() => transport.connect(endpoint, listener));
    } catch (error) {
      // Node throws for a port above 65,535, which a resolver of the options may list.
      return new FailedConnection(error as Error, this.#clock.now(), listener);
    }
  }

  /** Never rejects. */
  async #load(): Promise<void> {
    try {
      const create = await loadHttp2(this.#kind);
      this.#transport = create(this.#options, this.#clock);
    } catch (cause) {
      return this.#fail(`the client's HTTP/2 (${this.#kind}) could not be loaded`, cause);
    }
    try {
      this.#listener.onLoaded();
    } catch (cause) {
      this.#fail("the channel could not begin to connect", cause);
    }
  }

  #fail(what: string, cause: unknown): void {
    const error = new ChannelError(Status.unavailable, `${what}: ${(cause as Error).message}`, { cause });
    if (this.#transport === undefined) this.#fault = { error, atMs: this.#clock.now() };
    this.#listener.onFault(error);
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
