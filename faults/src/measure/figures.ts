/** The figures of one client in one case, from its calls and from the logs of the servers. */

import { type StatusCode, statusName } from "@agent-team/grpc-client";
import type { CallRecord } from "../load/records.ts";
import type { Case, Times } from "../scenario.ts";
import { CONNECTION } from "../servers/call-log.ts";
import { type Percentiles, percentiles } from "./percentiles.ts";
import type { Attempt, RunData } from "./run-data.ts";

/** Errors by the name of their status. `maybe processed` counts those errors again that said so. */
export type Errors = Readonly<Record<string, number>>;

export interface Figures {
  readonly calls: number;
  readonly readErrors: Errors;
  readonly writeErrors: Errors;
  /** Of streams that ended before their end. */
  readonly streamErrors: Errors;
  readonly streams: number;
  /** Errors of reads from one second after the fault on. */
  readonly lateReadErrors: number;
  readonly lateWriteErrors: number;
  /** Of calls that succeeded, by their intended start: before the fault, during it, after it. */
  readonly before: Percentiles;
  readonly during: Percentiles;
  readonly after: Percentiles;
  /** Unary attempts that reached a server, per call. */
  readonly attemptsPerCall: number;
  /** Of the attempts from one second after the fault until it healed, how many went to the hosts with the fault. */
  readonly faultyShare: number;
  /** In the same time, over the other hosts: most attempts / mean. */
  readonly skew: number;
  /** In the same time: attempts outside the client's zone. */
  readonly crossZone: number;
  /** From the fault to the end of the last 100 ms in which a call failed or took far too long; 0: there were none. */
  readonly recoveryMs: number;
  /** The same from the end of the fault. */
  readonly afterHealMs: number;
  readonly connections: number;
  /** Calls that are not idempotent and were executed more than once. */
  readonly duplicates: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const SETTLING_MS = 1_000;
const BUCKET_MS = 100;

export function figuresOf(data: RunData, one: Case): Figures {
  const { times } = one;
  const calls = data.calls.filter(({ atMs }) => atMs >= times.warmMs);
  const reads = calls.filter(({ write }) => !write);
  const writes = calls.filter(({ write }) => write);
  const isLate = ({ atMs }: CallRecord): boolean => atMs >= times.faultMs + SETTLING_MS;
  const before = percentiles(latencies(calls, times.warmMs, times.faultMs));
  const bad = badBuckets(calls, before);
  const unary = data.attempts.filter(({ callId }) => /[rw]\d+$/.test(callId));
  return {
    calls: calls.length,
    readErrors: errorsOf(reads),
    writeErrors: errorsOf(writes),
    streamErrors: errorsOf(data.streams.filter(({ code }) => code !== 0)),
    streams: data.streams.length,
    lateReadErrors: reads.filter(isLate).filter(failed).length,
    lateWriteErrors: writes.filter(isLate).filter(failed).length,
    before,
    during: percentiles(latencies(calls, times.faultMs, times.healMs)),
    after: percentiles(latencies(calls, times.healMs, times.endMs)),
    attemptsPerCall: data.calls.length === 0 ? 0 : unary.length / data.calls.length,
    ...distribution(data, one),
    recoveryMs: lastAfter(bad, times.faultMs, times.healMs),
    afterHealMs: lastAfter(bad, times.healMs, times.endMs),
    connections: data.attempts.filter(({ callId }) => callId.endsWith(CONNECTION)).length,
    duplicates: duplicatesOf(unary),
    cpuMs: data.cpuMs,
    rssBytes: data.rssBytes,
  };
}

function failed({ code }: { readonly code: number }): boolean {
  return code !== 0;
}

function latencies(calls: readonly CallRecord[], fromMs: number, toMs: number): readonly number[] {
  const within = calls.filter((call) => !failed(call) && call.atMs >= fromMs && call.atMs < toMs);
  return within.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY);
}

function errorsOf(calls: readonly { readonly code: number; readonly maybeProcessed?: boolean }[]): Errors {
  const errors: Record<string, number> = {};
  for (const { code, maybeProcessed } of calls.filter(failed)) {
    const name = codeName(code);
    errors[name] = (errors[name] ?? 0) + 1;
    if (maybeProcessed === true) errors["maybe processed"] = (errors["maybe processed"] ?? 0) + 1;
  }
  return errors;
}

/** The load's own codes are negative. */
function codeName(code: number): string {
  if (code === -1) return "wrong message";
  return code === -2 ? "never ended" : statusName(code as StatusCode);
}

/** Starts of the intervals in which a call failed, or took ten times the median and 50 ms more. */
function badBuckets(calls: readonly CallRecord[], { p50 }: Percentiles): ReadonlySet<number> {
  const limitMs = 10 * (Number.isFinite(p50) ? p50 : 0) + 50;
  const bad = calls.filter((call) => failed(call) || (call.ms ?? Number.POSITIVE_INFINITY) > limitMs);
  return new Set(bad.map(({ atMs }) => Math.floor(atMs / BUCKET_MS) * BUCKET_MS));
}

function lastAfter(buckets: ReadonlySet<number>, fromMs: number, toMs: number): number {
  const within = [...buckets].filter((bucket) => bucket + BUCKET_MS > fromMs && bucket < toMs);
  return within.length === 0 ? 0 : Math.max(...within) + BUCKET_MS - fromMs;
}

function distribution(
  data: RunData,
  { faulty, times, topology }: Case,
): Pick<Figures, "faultyShare" | "skew" | "crossZone"> {
  const settled = data.attempts.filter((attempt) => attempt.attempt > 0 && isSettled(attempt, times));
  const counts = data.addresses.map((address) => settled.filter(({ endpoint }) => endpoint === address).length);
  const total = Math.max(1, settled.length);
  const healthy = counts.filter((_, host) => !faulty.includes(host));
  const mean = healthy.reduce((sum, count) => sum + count, 0) / Math.max(1, healthy.length);
  const faultyCount = faulty.reduce((sum, host) => sum + (counts[host] ?? 0), 0);
  const remote = counts.filter((_, host) => host % (topology.zones ?? 1) !== 0).reduce((sum, count) => sum + count, 0);
  return {
    faultyShare: faultyCount / total,
    skew: mean === 0 ? 0 : Math.max(...healthy) / mean,
    crossZone: remote / total,
  };
}

function isSettled({ atMs }: Attempt, { faultMs, healMs }: Times): boolean {
  return atMs >= faultMs + SETTLING_MS && atMs < healMs;
}

function duplicatesOf(attempts: readonly Attempt[]): number {
  const executed = new Map<string, number>();
  for (const { callId, executed: ran } of attempts)
    if (ran && /w\d+$/.test(callId)) executed.set(callId, (executed.get(callId) ?? 0) + 1);
  return [...executed.values()].filter((times) => times > 1).length;
}
