/** What the user of a stream receives. */

import type { HeaderField } from "../hpack/header-field.ts";
import type { Http2Error } from "../http2-error.ts";

/** Why a stream ended before both sides had sent END_STREAM. */
export type StreamAbort =
  /** The peer sent RST_STREAM. */
  | { readonly kind: "reset"; readonly errorCode: number }
  /** The peer broke HTTP/2 on this stream, which has been reset by this side. */
  | { readonly kind: "violation"; readonly error: Http2Error }
  /** RFC 9113 6.8: the peer sent GOAWAY with a lower last stream id, and has not looked at this stream. */
  | { readonly kind: "refused" }
  /** The connection ended, and why. */
  | { readonly kind: "lost"; readonly reason: Error };

/** Receives one stream: header blocks and data as they come, and at the end either `onEnd` or `onAbort`. */
export interface StreamListener {
  /**
   * The header block of the response, informational (1xx) ones left out. `endStream`: nothing follows but `onEnd`. A server's stream
   * begins with its request, so its listener never gets this.
   */
  onHeaders(fields: readonly HeaderField[], endStream: boolean): void;
  /**
   * A part of the data: `bytes` from `start` to `end`. On a connection with `SharedReads` the bytes are valid until the method returns, and `keep` makes them stay; on
   * any other they belong to the listener.
   */
  onData(bytes: Buffer, start: number, end: number): void;
  /** The header block behind the data. `onEnd` follows when all data has been read. */
  onTrailers(fields: readonly HeaderField[]): void;
  /** The peer has sent END_STREAM, and the listener has got everything before it. */
  onEnd(): void;
  onAbort(abort: StreamAbort): void;
  /** `send` returned false before, and most of what waited has been sent. */
  onDrain(): void;
}
