/** What a decoder throws, and nothing else. */

import { ErrorCode } from "../constants.ts";
import { Http2Error } from "../http2-error.ts";

/**
 * `connection`: the block breaks RFC 7541, and the tables of the two sides differ from here on. RFC 9113 4.3: "A decoding error in
 * a field block MUST be treated as a connection error … of type COMPRESSION_ERROR."
 *
 * `stream`: the block was correct and was decoded to its end, so that the dynamic table is in step. Its list exceeds a limit of
 * ours and is dropped; other streams go on. Its code is ENHANCE_YOUR_CALM.
 */
export class HpackError extends Http2Error {
  readonly scope: "connection" | "stream";

  constructor(scope: "connection" | "stream", message: string) {
    super(scope === "connection" ? ErrorCode.compressionError : ErrorCode.enhanceYourCalm, message);
    this.scope = scope;
  }
}

/** The error of a block that breaks RFC 7541. `problem` says how. */
export function compressionError(problem: string): HpackError {
  return new HpackError("connection", problem);
}
