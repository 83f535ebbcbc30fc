/** What a server says of its own health (grpc.health.v1), as a subchannel learns it on one connection. */

import type { Connectivity } from "./connectivity.ts";
import type { Connection } from "./transport.ts";

/** `asking`: its answer is awaited. `unsupported`: it has no health service, or no room for the question, and counts as serving. */
export type ServerHealth =
  | { readonly kind: "asking" | "serving" | "unsupported" }
  | { readonly kind: "not-serving"; readonly reason: string };

/** Follows the health of the server on a connection until the returned function is called. */
export type WatchHealth = (connection: Connection, onHealth: (health: ServerHealth) => void) => () => void;

/**
 * The state of a subchannel whose connection is ready. gRFC A17: "The subchannel will stay in state CONNECTING until it receives the
 * first health-check response", and an unhealthy one is in TRANSIENT_FAILURE, with its connection.
 */
export function connectivityWhile({ kind }: ServerHealth): Connectivity {
  if (kind === "asking") return "connecting";
  return kind === "not-serving" ? "transient-failure" : "ready";
}
