import type { Clock } from "@agent-team/foundation/clock";
import type { ServerLogger } from "../server-logger.ts";
import type { Refusal } from "./listener.ts";

/** Any peer can cause a refusal: one line in this time. */
const REFUSAL_LOG_MS = 1_000;

/** A failed handshake is a debug line: the health checks of an NLB open a connection and close it. */
export function logRefusals(logger: ServerLogger, clock: Clock): (refusal: Refusal) => void {
  let nextMs = Number.NEGATIVE_INFINITY;
  return (refusal) => {
    if (refusal.kind === "handshake") return logger.debug({ err: refusal.error }, "a TLS handshake failed");
    if (clock.now() < nextMs) return;
    nextMs = clock.now() + REFUSAL_LOG_MS;
    logger.warn({ reason: refusal.reason }, "a connection was refused");
  };
}
