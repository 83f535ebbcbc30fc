/**
 * Bounds what a peer makes this side do for nothing: PINGs and SETTINGS that have to be acknowledged, empty frames, frames on closed
 * streams, windows that open byte by byte. In: such frames, and the work that entitles the peer to some. Out: whether it is too much.
 *
 * A bucket of tokens. A frame that serves no call takes one; time adds some, and so does each call and what it sends, because a server
 * answers them with WINDOW_UPDATE, RST_STREAM and PING. An honest server never comes near the end of it. RFC 9113 10.5: "An endpoint
 * that doesn't monitor use of these features exposes itself to a risk of denial of service."
 */

import { ErrorCode } from "../constants.ts";
import { Http2Error } from "../http2-error.ts";

/** A burst of so many frames costs about a millisecond of CPU. */
const CAPACITY = 4_096;

/** So many a second cost less than a thousandth of a core. */
const TOKENS_PER_MS = 1;

/** For a call: headers, trailers, RST_STREAM, an update of each window, and some for a server that PINGs or pads. */
const TOKENS_PER_STREAM = 8;

/** A server that announces windows in steps smaller than this wastes its own time, too. */
const SENT_BYTES_PER_TOKEN = 512;

export class FloodGuard {
  readonly #now: () => number;
  #tokens = CAPACITY;
  #sinceMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#sinceMs = now();
  }

  didOpenStream(): void {
    this.#earn(TOKENS_PER_STREAM);
  }

  didSend(bytes: number): void {
    this.#earn(1 + bytes / SENT_BYTES_PER_TOKEN);
  }

  /** Takes a token for a frame. False: it is too much, and RFC 9113 7 names ENHANCE_YOUR_CALM for it. */
  admits(): boolean {
    if (--this.#tokens >= 0) return true;
    // The clock is read when the bucket is empty, and not for each frame.
    const nowMs = this.#now();
    this.#earn((nowMs - this.#sinceMs) * TOKENS_PER_MS);
    this.#sinceMs = nowMs;
    return this.#tokens >= 0;
  }

  /** The same for most frames. `what`: their name. @throws Http2Error ENHANCE_YOUR_CALM when it is too much */
  spend(what: string): void {
    if (!this.admits()) throw new Http2Error(ErrorCode.enhanceYourCalm, `too many frames: ${what}`);
  }

  #earn(tokens: number): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + tokens);
  }
}
