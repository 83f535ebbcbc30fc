/**
 * The contract between a subchannel and HTTP/2: a transport opens connections; a connection opens streams, and reports when
 * it is ready, when the peer takes no more streams on it, and when it has closed. No frame passes this file.
 * `transport/transport.contract.ts` is its suite, for every implementation.
 */

import type { CertificateTexts } from "@agent-team/foundation/certificates";
import type { Clock } from "@agent-team/foundation/clock";
import type { Endpoint } from "./endpoint.ts";
import type { HttpProxy } from "./proxy.ts";
import type { Stream, StreamHead, StreamSink } from "./stream.ts";

/** Opens connections. */
export interface Transport {
  /** Starts to connect. Never throws: every failure is reported by `listener.onClose`. */
  connect(endpoint: Endpoint, listener: ConnectionListener): Connection;
}

/** Receives the events of one connection: `onReady` at most once, then `onRoom` and `onGoaway`, and one `onClose` at the end. */
export interface ConnectionListener {
  /** TCP and TLS are set up and the peer's SETTINGS have come: streams may be opened. */
  onReady(): void;
  /** The connection was full and can open a stream again: one has ended, or the peer admits more. */
  onRoom(): void;
  /** The connection takes no new streams. Streams above the last stream id end as `refused`, the others go on. */
  onGoaway(goaway: Goaway): void;
  /** The connection and all its streams have ended. `error` is undefined when it had been drained, else the reason. */
  onClose(error: Error | undefined): void;
}

/** RFC 9113 6.8. */
export interface Goaway {
  /** 0 is NO_ERROR: an orderly end. */
  readonly errorCode: number;
  /** The peer has not processed streams above it. 0: none at all; 2³¹ − 1: every open stream may finish. */
  readonly lastStreamId: number;
  /** Additional debug data as text in one line; gRPC servers write `max_age` or `too_many_pings` there, or nothing. */
  readonly debug: string;
}

/** For events and errors: the code, and the peer's debug text. */
export function describeGoaway({ errorCode, debug }: Goaway): string {
  return debug === "" ? `GOAWAY ${errorCode}` : `GOAWAY ${errorCode} ${debug}`;
}

/** What a peer asks of this side. RFC 9113 6.5.2. */
export interface PeerSettings {
  /** How many streams it admits at once. */
  readonly maxConcurrentStreams: number;
  /** Largest list of request headers that it takes, in bytes as RFC 9113 counts them. */
  readonly maxHeaderListBytes: number;
}

/** One HTTP/2 connection to an endpoint. */
export interface Connection {
  /** As the peer's last SETTINGS say; RFC 9113's defaults before the first. */
  readonly peerSettings: PeerSettings;
  /**
   * When bytes last came from the peer, on the clock's scale; when the connection was made, if none have. A transport that sees
   * no frames may answer with the instant at which it was asked, if bytes have come since it was asked before.
   */
  readonly lastReceivedMs: number;
  /** Streams that have been opened and have not closed. */
  readonly openStreams: number;
  /** Those of them that carry calls: the background streams (`StreamHead`) apart. */
  readonly openCalls: number;
  /**
   * How often HEADERS or DATA have come: it rises with each frame, or with each burst of them. A server that counts PINGs starts
   * its count again when it sends either.
   */
  readonly responses: number;
  /** Whether a stream could be opened now: it takes streams, and fewer than the peer admits are open. */
  readonly hasRoom: boolean;
  /**
   * Undefined when no stream can be opened any more: then nothing was sent. A request whose headers are larger than the
   * peer's SETTINGS_MAX_HEADER_LIST_SIZE is not sent either: its stream ends with RESOURCE_EXHAUSTED, `local`, `not-sent`.
   * Throws for a head that cannot be sent at all.
   */
  open(head: StreamHead, sink: StreamSink): Stream | undefined;
  /**
   * Sends a PING. `onAck` gets the round trip in ms; it is not called when the connection closes first. False, and nothing is
   * sent: the connection is not ready or has ended, or too many PINGs are under way.
   */
  ping(onAck: (roundTripMs: number) => void): boolean;
  /** Takes no new streams and closes after the last one has ended. */
  drain(): void;
  /** Closes now. Open streams end as broken, with this error as the reason. */
  destroy(error: Error): void;
}

/** Makes the transport of a channel, once its code is loaded. What it throws ends the calls that wait; a call a second later tries it again. */
export type CreateTransport = (options: TransportOptions, clock: Clock) => Transport;

/** What every connection of a transport has in common. */
export interface TransportOptions {
  /** The `:authority` of each request, and the name that a certificate must carry. */
  readonly authority: string;
  /** Undefined: plaintext. */
  readonly tls: TlsCredentials | undefined;
  /** One deadline over TCP, TLS and the peer's SETTINGS, in ms. */
  readonly connectTimeoutMs: number;
  /** A longer message ends its stream with RESOURCE_EXHAUSTED, in bytes. */
  readonly maxReceiveMessageBytes: number;
  /** Opens the way to endpoints, those of Unix sockets apart. Default: connections are direct. */
  readonly proxy?: HttpProxy | undefined;
}

/** The certificates of a transport's connections. */
export interface TlsCredentials {
  /** The name to ask for (SNI) and to check. Default: the authority's. gRPC: GRPC_SSL_TARGET_NAME_OVERRIDE_ARG. */
  readonly serverName: string | undefined;
  /** For the next connection, checked. The same object until files have changed. */
  readonly texts: CertificateTexts;
}

/** What TLS needs beyond its defaults. Keys and certificates are PEM, each as a text or as the path of a file. */
export interface TlsOptions {
  /** Certificates to trust. Default: the system's. gRPC: GRPC_DEFAULT_SSL_ROOTS_FILE_PATH. */
  readonly ca?: string | Uint8Array | undefined;
  /**
   * For mutual TLS: this client's certificate chain. One that has expired is an error of `createChannel`. Default: none.
   */
  readonly cert?: string | Uint8Array | undefined;
  /** For mutual TLS: the key of `cert`. Another certificate's is an error of `createChannel`. Default: none. */
  readonly key?: string | Uint8Array | undefined;
  /**
   * A file instead of `ca`. It is read again when it changes: within 4 s new connections use it, and open ones are replaced one after
   * the other within 2 s more (10 ms for each endpoint above 200 endpoints), the next one before the old one drains. A file that
   * cannot be used is the event `certificates-refused`; the old certificates stay in use. Default: none.
   */
  readonly caFile?: string | undefined;
  /** A file instead of `cert`, read again like `caFile`. Default: none. */
  readonly certFile?: string | undefined;
  /** A file instead of `key`, read again like `caFile`. Default: none. */
  readonly keyFile?: string | undefined;
  /** The name to ask for (SNI) and to check. Default: the authority's. gRPC: GRPC_SSL_TARGET_NAME_OVERRIDE_ARG. */
  readonly serverName?: string | undefined;
}
