import type { Socket } from "node:net";
import { reset } from "./reset.ts";

/**
 * Forwards bytes, half-closes and resets between two sockets in both directions. A slow reader slows its writer (`pipe`
 * waits for drain). Both sockets must have `allowHalfOpen`.
 */
export function splice(a: Socket, b: Socket): void {
  forward(a, b);
  forward(b, a);
}

function forward(from: Socket, to: Socket): void {
  from.setNoDelay(true); // gRPC frames are small: Nagle's algorithm would delay them
  from.pipe(to);
  from.on("error", () => reset(to));
  // Closed without FIN: the other side must not take partial data for all of it.
  from.on("close", () => {
    if (!from.readableEnded) reset(to);
  });
}
