/** A violation of RFC 9113 by the peer: the code that the RFC names for it, and what the peer did. */

import { ErrorCode } from "./constants.ts";

/** Section 7 in the RFC's spelling, by number. */
const NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

/** `0x1` → `"PROTOCOL_ERROR"`; an unknown code is a number in hexadecimal. */
export function errorName(code: number): string {
  return NAMES[code] ?? `0x${code.toString(16)}`;
}

/**
 * Section 5.4: "An error condition that renders the entire connection unusable is a connection error. An error in an individual
 * stream is a stream error." Thrown while frames are read it ends the connection; handed to a stream it resets that stream.
 */
export class Http2Error extends Error {
  override readonly name = "Http2Error";
  /** One of `ErrorCode`: that of the GOAWAY or RST_STREAM which is the answer. */
  readonly code: number;
  /** The message without the name of the code: the additional debug data of a GOAWAY. */
  readonly detail: string;

  constructor(code: number, detail: string) {
    super(`${errorName(code)}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

/** Section 7: "an unspecific protocol error. This error is for use when a more specific error code is not available." */
export function protocolError(message: string): Http2Error {
  return new Http2Error(ErrorCode.protocolError, message);
}

/** Section 4.2: a frame that is too large, or too small "to contain mandatory frame data". */
export function frameSizeError(message: string): Http2Error {
  return new Http2Error(ErrorCode.frameSizeError, message);
}
