/**
 * What the streams of one connection may send together. In: the peer's windows; streams whose DATA finds no room. Out: each of them is asked
 * again, one after the other, when there is room.
 */

import { ErrorCode } from "../constants.ts";
import { SendWindow } from "../flow/send-window.ts";
import { Http2Error } from "../http2-error.ts";
import { DEFAULT_WINDOW_BYTES } from "../settings.ts";
import type { FrameOutput } from "../write/frame-output.ts";
import type { Http2Stream } from "./stream.ts";

export class SendQueue {
  /** Of the connection. */
  readonly window: SendWindow = new SendWindow(DEFAULT_WINDOW_BYTES);
  /** Streams with DATA that wait for the window or for the output, in order. */
  readonly #waiting: Http2Stream[] = [];

  add(stream: Http2Stream): void {
    if (stream.isWaiting) return;
    stream.isWaiting = true;
    this.#waiting.push(stream);
  }

  /** There may be room again. */
  pump(output: FrameOutput): void {
    for (let left = this.#waiting.length; left > 0 && this.window.available > 0 && output.hasRoom; left--) {
      const stream = this.#waiting.shift() as Http2Stream;
      stream.isWaiting = false;
      stream.pump();
    }
  }
}

/** The peer's initial window has changed by `difference`. @throws Http2Error when a window becomes too large */
export function resizeSendWindows(streams: readonly Http2Stream[], difference: number): void {
  for (const stream of streams) {
    // RFC 9113 6.9.2: "An endpoint MUST treat a change to SETTINGS_INITIAL_WINDOW_SIZE that causes any flow-control window to exceed the
    // maximum size as a connection error of type FLOW_CONTROL_ERROR."
    if (!stream.sendWindow.add(difference))
      throw new Http2Error(ErrorCode.flowControlError, "SETTINGS_INITIAL_WINDOW_SIZE makes a window too large");
    if (difference > 0) stream.pump();
  }
}
