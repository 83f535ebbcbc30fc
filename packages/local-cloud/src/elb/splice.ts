import type { Socket } from "node:net";
import { reset } from "./reset.ts";

/**
 * Makes two sockets one: bytes, half-closes and resets pass in both directions, and a slow reader slows its writer
 * (`pipe` waits for drain). Both must have been made with `allowHalfOpen`.
 */
export function splice(a: Socket, b: Socket): void {
  forward(a, b);
  forward(b, a);
}

function forward(from: Socket, to: Socket): void {
  from.setNoDelay(true); // gRPC frames are small, and neither end asked for Nagle's delay
  from.pipe(to);
  from.on("error", () => reset(to));
  // Gone without an end: the other side must not take what it has for the whole.
  from.on("close", () => {
    if (!from.readableEnded) reset(to);
  });
}
