import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { Connection } from "./connection.ts";

/** How old connections become. */
export interface ConnectionAge {
  /** Until GOAWAY, in ms; Infinity: no limit. Each connection gets up to 10 % more or less. */
  readonly maxMs: number;
  /** Time that streams have after GOAWAY, in ms; Infinity: no limit. */
  readonly graceMs: number;
}

/**
 * Clients that resolve only when they connect find new servers within this time. grpc-go: MaxConnectionAge and
 * MaxConnectionAgeGrace.
 */
export const DEFAULT_AGE: ConnectionAge = { maxMs: 5 * 60_000, graceMs: 10 * 60_000 };

/** Spread of the age, so that connections that began together do not end together. grpc-go and grpc-js: ±10 %. */
const JITTER_RATIO = 0.1;

/** gRFC A9 has no debug data. C-core, grpc-go and grpc-js send this one, and clients replace the connection at once. */
const DEBUG_DATA = "max_age";

/** Ends a connection when it is old: GOAWAY, then the grace time. Cancel the timer when the connection has closed. */
export function limitAge(
  connection: Connection,
  { maxMs, graceMs }: ConnectionAge,
  clock: Clock,
  random: Random,
): Timer {
  const ageMs = maxMs * (1 + JITTER_RATIO * (2 * random() - 1));
  let timer = clock.setTimer(
    ageMs,
    () => {
      connection.goAway(DEBUG_DATA);
      timer = clock.setTimer(graceMs, () => connection.destroy(), { unref: true });
    },
    { unref: true },
  );
  return { cancel: () => timer.cancel() };
}
