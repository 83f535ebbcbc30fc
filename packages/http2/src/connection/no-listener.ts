/** The listener of a server's stream until its request has been handed on: no event comes before. */

import type { StreamListener } from "./stream-listener.ts";

export const NO_LISTENER: StreamListener = {
  onHeaders() {},
  onData() {},
  onTrailers() {},
  onEnd() {},
  onAbort() {},
  onDrain() {},
};
