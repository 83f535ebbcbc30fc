/**
 * The seam to HTTP/2. A transport opens connections; a connection opens streams and says when it is ready, when it is
 * told to go away and when it is gone. Nothing above this file knows what frames are; `transport.contract.ts` holds
 * what every transport must do.
 */

import type { Endpoint } from "../endpoint.ts";
import type { Stream, StreamHead, StreamSink } from "../stream.ts";

export interface Transport {
  /** Starts to connect. Never throws: what goes wrong arrives at `listener.onClose`. */
  connect(endpoint: Endpoint, listener: ConnectionListener): Connection;
}

/** Hears of one connection: ready at most once, then room and GOAWAYs, and exactly one close at the end. */
export interface ConnectionListener {
  /** TCP, TLS and the peer's first SETTINGS are there: streams may be opened. */
  onReady(): void;
  /** It was full, and can open a stream again: one has ended, or the peer admits more. */
  onRoom(): void;
  /** The peer wants no new streams here. Those it has not looked at end as `refused`, the others go on. */
  onGoaway(goaway: Goaway): void;
  /** The connection is gone, with all its streams. `error` is undefined when it had been drained, else the reason. */
  onClose(error: Error | undefined): void;
}

/** RFC 9113 6.8. */
export interface Goaway {
  /** 0 is NO_ERROR: an orderly end. */
  readonly errorCode: number;
  /** Streams above it were not looked at. 0: none was; 2³¹ − 1: all that are open may finish. */
  readonly lastStreamId: number;
  /** Additional debug data as text in one line; gRPC servers write `max_age` or `too_many_pings` there, or nothing. */
  readonly debug: string;
}

/** For events and errors: the code, and what the peer says about it. */
export function describeGoaway({ errorCode, debug }: Goaway): string {
  return debug === "" ? `GOAWAY ${errorCode}` : `GOAWAY ${errorCode} ${debug}`;
}

export interface Connection {
  /** RFC 9113 5.1.2: how many streams the peer admits at once. */
  readonly maxConcurrentStreams: number;
  /** Whether a stream could be opened now: it takes streams, and fewer than the peer admits are open. */
  readonly hasRoom: boolean;
  /**
   * Undefined when no stream can be opened any more: then nothing was sent. A request whose headers are larger than the
   * peer's SETTINGS_MAX_HEADER_LIST_SIZE is not sent either: its stream ends with RESOURCE_EXHAUSTED, `local`, `not-sent`.
   * Throws for a head that cannot be sent at all.
   */
  open(head: StreamHead, sink: StreamSink): Stream | undefined;
  /** Takes no new streams and closes after the last one has ended. */
  drain(): void;
  /** Closes now. Open streams end as broken, with this error as the reason. */
  destroy(error: Error): void;
}

export interface TransportOptions {
  /** The `:authority` of each request, and the name that a certificate must carry. */
  readonly authority: string;
  /** Undefined: plaintext. */
  readonly tls: TlsOptions | undefined;
  /** One deadline over TCP, TLS and the peer's SETTINGS, in ms. */
  readonly connectTimeoutMs: number;
  /** A longer message ends its stream with RESOURCE_EXHAUSTED, in bytes. */
  readonly maxReceiveMessageBytes: number;
}

/** What TLS needs beyond its defaults. Keys and certificates are PEM. */
export interface TlsOptions {
  /** Certificates to trust instead of the system's. */
  readonly ca?: string | Uint8Array | undefined;
  /** For mutual TLS: this client's certificate chain and key. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** The name to ask for and to check, instead of the authority's. */
  readonly serverName?: string | undefined;
}
