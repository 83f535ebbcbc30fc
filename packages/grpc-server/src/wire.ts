/**
 * A call as its connection carries it: the noun in which `connection/`, which knows HTTP/2, and `call/`, which knows handlers, meet.
 *
 *   connection/: a request ──► Route.start ──► call/: ServedCall
 *                              WireCall ◄──── headers, messages, status
 */

import type { ConnectError } from "@connectrpc/connect";
import type { RequestMetadata } from "./request-metadata.ts";

/** A header or trailer. Bytes are base64 under a name that ends in `-bin`. */
export type Field = readonly [name: string, value: string];

/** One method of the server. */
export interface Route {
  /** Whether its clients send any number of messages. Otherwise a call is handed on when its one message has come. */
  readonly streamsRequests: boolean;
  /** A client has begun a call. */
  start(wire: WireCall): IncomingCall;
}

/** What a connection reports of a call. */
export interface IncomingCall {
  /** The one request, for a method without a stream of them. */
  didReceiveRequest(message: Uint8Array): void;
  /** The client has cancelled the call, or its connection has ended. */
  didCancel(): void;
  /** The request cannot be read: the call ends with this error. */
  fail(error: ConnectError): void;
}

/** The two ends of a connection; of a Unix socket without addresses. */
export interface ConnectionInfo {
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}

/** What a call needs of its connection. Methods of a call that has ended do nothing. */
export interface WireCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** `grpc`, `grpc-web` or `connect`. */
  readonly protocolName: string;
  /** The host that the client called. */
  readonly authority: string;
  readonly metadata: RequestMetadata;
  /** By `grpc-timeout`, on the scale of `Clock.now`; Infinity without one. */
  readonly deadlineMs: number;
  /** The messages of the client, one after the other. Throws when the client cancels. */
  readonly requests: AsyncIterable<Uint8Array>;
  /** Undefined for a call of the web. */
  connectionInfo(): ConnectionInfo | undefined;
  /** The client's certificate, in DER, if the server has verified it. */
  peerCertificate(): Uint8Array | undefined;
  /** Once, before messages. Without it they are sent with the first message, or with the status. */
  sendHeaders(fields: readonly Field[]): void;
  /** Sends a message. False: much is waiting for the client; wait for `writable` before the next one. */
  send(message: Uint8Array): boolean;
  /** Resolves when there is room for messages, or the call has ended. */
  writable(): Promise<void>;
  /** Ends the call with OK, behind its messages. */
  finish(trailers: readonly Field[]): void;
  /** Ends the call with a status behind its messages. `atOnce`: messages that wait for the client are dropped. */
  fail(status: readonly Field[], options: { readonly atOnce: boolean }): void;
}
