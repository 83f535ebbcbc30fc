/** What a decoder throws, and nothing else. */

import { ErrorCode } from "../constants.ts";

/**
 * `connection`: the block breaks RFC 7541, and the tables of the two sides differ from here on. RFC 9113 4.3: "A decoding error in
 * a field block MUST be treated as a connection error … of type COMPRESSION_ERROR."
 *
 * `stream`: the block was correct and was decoded to its end, so that the dynamic table is in step. Its list exceeds a limit of
 * ours and is dropped; other streams go on.
 */
export class HpackError extends Error {
  override readonly name = "HpackError";
  readonly scope: "connection" | "stream";
  /** For GOAWAY: COMPRESSION_ERROR. For RST_STREAM: ENHANCE_YOUR_CALM. */
  readonly code: number;

  constructor(scope: "connection" | "stream", message: string) {
    super(message);
    this.scope = scope;
    this.code = scope === "connection" ? ErrorCode.compressionError : ErrorCode.enhanceYourCalm;
  }
}

/** The error of a block that breaks RFC 7541. `problem` says how. */
export function compressionError(problem: string): HpackError {
  return new HpackError("connection", `COMPRESSION_ERROR: ${problem}`);
}
