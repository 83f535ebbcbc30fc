/**
 * A request of a browser as its connection carries it: the noun in which `connection/`, which knows HTTP/1.1 and HTTP/2, and `web/`, which
 * knows gRPC-Web and Connect, meet.
 */

/** A protocol of the port, by Connect's names. */
export type Protocol = "grpc" | "grpc-web" | "connect";

/** An HTTP request that is no gRPC call. */
export interface WebRequest {
  /** `1.0`, `1.1` or `2`. */
  readonly httpVersion: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The host that the client called; empty when it named none. */
  readonly authority: string;
  /** Without those of a connection. */
  readonly header: Headers;
  /** Throws when the client cancels. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client cancels, or its connection ends. */
  readonly signal: AbortSignal;
  /** The client's certificate, in DER, if the server has verified it. */
  peerCertificate(): Uint8Array | undefined;
}

/** Its answer. */
export interface WebResponse {
  readonly status: number;
  readonly header: Headers;
  /** Undefined: none. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

/** Answers a request. Never rejects but by a defect of this package. */
export type AnswerWeb = (request: WebRequest) => Promise<WebResponse>;

/** RFC 9110 7.6.1, and RFC 9113 8.2.2: fields about one connection, which are no metadata of a call. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Whether a field is about a connection and not about a request or a response. `name`: in lower case. */
export function isConnectionField(name: string): boolean {
  return CONNECTION_FIELDS.has(name);
}
