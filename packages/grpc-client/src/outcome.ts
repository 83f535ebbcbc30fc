/**
 * The result of one attempt: a value, made once. The endpoint's load, the retry decision, the budget and telemetry all get this
 * same value.
 */

import type { EndpointKey } from "./endpoint.ts";
import { Status, type StatusCode } from "./status.ts";
import type { StreamEnd } from "./stream.ts";

/** Codes of a server that works: they are about the request, not about the server. */
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

/**
 * How far the attempt got. It decides whether repeating the attempt is safe.
 *
 * - `not-sent`: no stream was opened, or its HEADERS never reached the socket.
 * - `refused`: the server did not process it (REFUSED_STREAM, or GOAWAY with a lower last stream id).
 * - `maybe-processed`: it was sent, no final status came, and the caller has received nothing.
 * - `committed`: the caller has received response headers or a message.
 * - `rejected`: the server answered with a status other than OK, and the caller has received nothing else.
 * - `completed`: the server answered OK.
 */
export type OutcomeClass = "not-sent" | "refused" | "maybe-processed" | "committed" | "rejected" | "completed";

/** What the attempt says about its endpoint. `ignorable`: nothing. */
export type OutcomeKind = "success" | "failure" | "ignorable";

/** How one attempt ended. Retries, failure rates and metrics read it. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly class: OutcomeClass;
  readonly code: StatusCode;
  /** Where the code comes from. */
  readonly origin: "server" | "transport" | "local";
  /** HTTP status of an answer that was not gRPC, such as a proxy's error page; else undefined. */
  readonly httpStatus: number | undefined;
  /** Undefined when the attempt found no endpoint. */
  readonly endpoint: EndpointKey | undefined;
  /** From the pick to the first response headers or message, in ms; undefined when none came. */
  readonly ttfbMs: number | undefined;
  /** From the pick to the end of the attempt, in ms. */
  readonly durationMs: number;
  /** Bytes of the messages that were given to the connection, and of those that came, without prefixes and compression. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Whether the server sent `grpc-retry-pushback-ms` with its status, whatever the value. */
  readonly pushback: boolean;
  /** How long after the deadline its timer ran, in ms, when the deadline ended the attempt; else 0. A late timer blames no endpoint. */
  readonly timerLateMs: number;
}

/** The class of an attempt that ended with `end`. `committed`: its caller had received headers or a message. */
export function classify(end: StreamEnd, committed: boolean): OutcomeClass {
  if (end.origin === "server" && end.code === Status.ok) return "completed";
  if (committed) return "committed";
  return end.origin === "server" ? "rejected" : end.processing;
}

/** What the end of an attempt says about its endpoint. */
export function kindOf(end: StreamEnd, times: AttemptTimes): OutcomeKind {
  if (end.code === Status.deadlineExceeded && end.origin !== "transport") return kindOfDeadline(times);
  if (end.origin === "local" || end.code === Status.unimplemented) return "ignorable";
  if (end.origin === "transport" && end.processing === "refused") return "ignorable";
  return end.origin === "server" && SERVER_WORKS.has(end.code) ? "success" : "failure";
}

/** The times of an attempt and of its fleet that decide about a deadline. */
export interface AttemptTimes {
  /** Until the first response bytes; undefined when none came. */
  readonly ttfbMs: number | undefined;
  readonly durationMs: number;
  /** How late the timer of the deadline ran, if that ended the attempt. */
  readonly timerLateMs: number;
  /** A deadline that passed sooner than this was too short, and blames no endpoint. */
  readonly blamelessMs: number;
}

/** A timer that runs later than this was held up by this process, and so may the response have been. */
const LATE_MS = 100;

/** Deadlines are the caller's: only one that other calls would have met, without a single byte, is the endpoint's failure. */
function kindOfDeadline({ ttfbMs, durationMs, timerLateMs, blamelessMs }: AttemptTimes): OutcomeKind {
  return ttfbMs === undefined && timerLateMs <= LATE_MS && durationMs >= blamelessMs ? "failure" : "ignorable";
}
