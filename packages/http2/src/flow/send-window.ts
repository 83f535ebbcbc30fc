/** What this side may send, on one stream or on the connection. */

import { MAX_WINDOW_BYTES } from "../settings.ts";

export class SendWindow {
  /** RFC 9113 6.9.2: "A change to SETTINGS_INITIAL_WINDOW_SIZE can cause the available space in a flow-control window to become negative." */
  available: number;

  constructor(windowBytes: number) {
    this.available = windowBytes;
  }

  /** False: it is larger than RFC 9113 6.9.1 allows, which is a FLOW_CONTROL_ERROR. `bytes` may be negative. */
  add(bytes: number): boolean {
    this.available += bytes;
    return this.available <= MAX_WINDOW_BYTES;
  }
}
