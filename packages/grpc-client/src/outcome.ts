/**
 * What became of one attempt: a value, made once and handed to everyone who learns from it (load, retry, budget,
 * telemetry), so that no two of them can judge the same attempt differently.
 */

import type { EndpointKey } from "./endpoint.ts";
import { Status, type StatusCode } from "./status.ts";
import type { StreamEnd } from "./stream.ts";

/**
 * How far the attempt got, which alone decides whether repeating it is safe.
 *
 * - `not-sent`: no stream was opened, or its HEADERS never reached the socket.
 * - `refused`: the server said that it has not looked at it (REFUSED_STREAM, or GOAWAY with a lower last stream id).
 * - `maybe-processed`: it was sent, no final status came, and the caller has seen nothing.
 * - `committed`: the caller has got response headers or a message.
 * - `rejected`: the server answered with a status other than OK, and the caller has seen nothing else.
 * - `completed`: the server answered OK.
 */
export type OutcomeClass = "not-sent" | "refused" | "maybe-processed" | "committed" | "rejected" | "completed";

/** What the endpoint is to be held responsible for. `ignorable` neither punishes nor rewards. */
export type OutcomeKind = "success" | "failure" | "ignorable";

/** How one attempt ended. Retries, failure rates and metrics read it. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly class: OutcomeClass;
  readonly code: StatusCode;
  /** Who decided on the code. */
  readonly origin: "server" | "transport" | "local";
  /** HTTP status of an answer that was not gRPC's, such as a proxy's error page; undefined when gRPC's was. */
  readonly httpStatus: number | undefined;
  /** Undefined when the attempt found no endpoint. */
  readonly endpoint: EndpointKey | undefined;
  /** From start to end of the attempt, in ms. */
  readonly durationMs: number;
}

/** The class of an attempt that ended with `end`, seen by a caller that had (`committed`) or had not got anything of it. */
export function classify(end: StreamEnd, committed: boolean): OutcomeClass {
  if (end.origin === "server" && end.code === Status.ok) return "completed";
  if (committed) return "committed";
  return end.origin === "server" ? "rejected" : end.processing;
}

/** Codes by which a server judges the request, not itself: it works. */
const SERVER_WORKS: ReadonlySet<StatusCode> = new Set([
  Status.ok,
  Status.cancelled,
  Status.invalidArgument,
  Status.notFound,
  Status.alreadyExists,
  Status.permissionDenied,
  Status.failedPrecondition,
  Status.aborted,
  Status.outOfRange,
  Status.unauthenticated,
]);

export function kindOf(end: StreamEnd): OutcomeKind {
  if (end.origin === "local" || end.code === Status.unimplemented) return "ignorable";
  if (end.origin === "transport" && end.processing === "refused") return "ignorable";
  return end.origin === "server" && SERVER_WORKS.has(end.code) ? "success" : "failure";
}
