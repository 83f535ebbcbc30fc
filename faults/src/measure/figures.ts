/** The figures of one client in one case, from its calls and from the logs of the servers. */

import { type StatusCode, statusName } from "@agent-team/grpc-client";
import type { CallRecord } from "../load/records.ts";
import type { Case, Times, Topology } from "../scenario.ts";
import { CONNECTION } from "../servers/call-log.ts";
import { growth } from "./growth.ts";
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
  /** How long calls took that failed. */
  readonly failing: Percentiles;
  /** The share of the calls that succeeded, by their start: during the fault, and after it. */
  readonly okDuring: number;
  readonly okAfter: number;
  /** From the start of the load to the end of the first call that succeeded. */
  readonly firstMs: number;
  /** Unary attempts that reached a server, per call. Of the calls that began during the fault. */
  readonly attemptsPerCall: number;
  /** Of the attempts of calls from one second after the fault until it healed: those to the hosts with the fault. */
  readonly faultyShare: number;
  /** In the same time, over the other hosts: most attempts / mean. */
  readonly skew: number;
  /** In the same time: attempts outside the client's zone. */
  readonly crossZone: number;
  /** From the end of the fault until a host that had it got a call; undefined: it got none. */
  readonly backMs: number | undefined;
  /** From the fault to the end of the last 100 ms in which a call failed or took far too long; 0: there were none. */
  readonly recoveryMs: number;
  /** The same from the end of the fault. */
  readonly afterHealMs: number;
  readonly connections: number;
  /** Calls that are not idempotent and were executed more than once. */
  readonly duplicates: number;
  readonly cpuMs: number;
  readonly maxRssBytes: number;
  /**
   * Growth of the memory that is alive, by least squares, in MiB an hour, from a minute after the start on. Undefined in
   * short runs.
   */
  readonly aliveMibPerHour: number | undefined;
}

const SETTLING_MS = 1_000;
const BUCKET_MS = 100;
/** By then code is compiled and caches are filled. */
const WARM_MEMORY_MS = 60_000;

export function figuresOf(data: RunData, one: Case): Figures {
  const { times } = one;
  const calls = data.calls.filter(({ atMs }) => atMs >= times.warmMs);
  const reads = calls.filter(({ write }) => !write);
  const writes = calls.filter(({ write }) => write);
  const isLate = ({ atMs }: CallRecord): boolean => atMs >= times.faultMs + SETTLING_MS;
  const before = percentiles(latencies(calls, times.warmMs, times.faultMs));
  const bad = badBuckets(calls, before);
  const byId = new Map(data.calls.map((call) => [call.id, call]));
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
    failing: percentiles(calls.filter(failed).map(({ ms }) => ms ?? Number.POSITIVE_INFINITY)),
    okDuring: okShare(calls, times.faultMs, times.healMs),
    okAfter: okShare(calls, times.healMs, times.endMs),
    firstMs: Math.min(
      ...data.calls.filter((call) => !failed(call)).map(({ atMs, ms = Number.POSITIVE_INFINITY }) => atMs + ms),
    ),
    attemptsPerCall: attemptsPerCall(byId, unary, times),
    ...distribution(byId, unary, data, one),
    backMs: backOf(byId, unary, data, one),
    recoveryMs: lastAfter(bad, times.faultMs, times.healMs),
    afterHealMs: lastAfter(bad, times.healMs, times.endMs),
    connections: data.attempts.filter(({ callId }) => callId.endsWith(CONNECTION)).length,
    duplicates: duplicatesOf(unary),
    cpuMs: data.cpuMs,
    maxRssBytes: Math.max(0, ...data.resident.map(({ bytes }) => bytes)),
    aliveMibPerHour:
      data.alive.length === 0 ? undefined : growth(data.alive.filter(({ atMs }) => atMs > WARM_MEMORY_MS)),
  };
}

function failed({ code }: { readonly code: number }): boolean {
  return code !== 0;
}

function latencies(calls: readonly CallRecord[], fromMs: number, toMs: number): readonly number[] {
  const within = calls.filter((call) => !failed(call) && call.atMs >= fromMs && call.atMs < toMs);
  return within.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY);
}

function okShare(calls: readonly CallRecord[], fromMs: number, toMs: number): number {
  const within = calls.filter((call) => isWithin(call, fromMs, toMs));
  return within.length === 0 ? 1 : within.filter((call) => !failed(call)).length / within.length;
}

function attemptsPerCall(
  calls: ReadonlyMap<string, CallRecord>,
  unary: readonly Attempt[],
  { faultMs, healMs }: Times,
): number {
  const started = [...calls.values()].filter((call) => isWithin(call, faultMs, healMs)).length;
  const attempts = unary.filter(({ callId }) => isWithin(calls.get(callId), faultMs, healMs)).length;
  return started === 0 ? 0 : attempts / started;
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

/** Attempts count at the time when their call began: a stopped process logs them when it goes on. */
function distribution(
  calls: ReadonlyMap<string, CallRecord>,
  unary: readonly Attempt[],
  { addresses }: RunData,
  { faulty, times, topology }: Case,
): Pick<Figures, "faultyShare" | "skew" | "crossZone"> {
  const settled = unary.filter(({ callId }) => isWithin(calls.get(callId), times.faultMs + SETTLING_MS, times.healMs));
  const counts = addresses.map((address) => settled.filter(({ endpoint }) => endpoint === address).length);
  const sum = (of: readonly number[]): number => of.reduce((total, count) => total + count, 0);
  const healthy = counts.filter((count, host) => !faulty.includes(host) && isListed(host, count, topology));
  const mean = sum(healthy) / Math.max(1, healthy.length);
  const total = Math.max(1, settled.length);
  return {
    faultyShare: sum(faulty.map((host) => counts[host] ?? 0)) / total,
    skew: mean === 0 ? 0 : Math.max(...healthy) / mean,
    crossZone: sum(counts.filter((_, host) => host % (topology.zones ?? 1) !== 0)) / total,
  };
}

/** Hosts that are not listed at the start count once they have calls. */
function isListed(host: number, count: number, { hosts }: Topology): boolean {
  return host < hosts || count > 0;
}

function isWithin(call: CallRecord | undefined, fromMs: number, toMs: number): boolean {
  return call !== undefined && call.atMs >= fromMs && call.atMs < toMs;
}

/** From the end of the fault to the start of the first call that reached a host that had it; undefined: there was none. */
function backOf(
  calls: ReadonlyMap<string, CallRecord>,
  unary: readonly Attempt[],
  { addresses }: RunData,
  { faulty, times }: Case,
): number | undefined {
  const hosts = new Set(faulty.map((host) => addresses[host]));
  const starts = unary
    .filter(({ endpoint, callId }) => hosts.has(endpoint) && isWithin(calls.get(callId), times.healMs, times.endMs))
    .map(({ callId }) => calls.get(callId)?.atMs ?? 0);
  return starts.length === 0 ? undefined : Math.min(...starts) - times.healMs;
}

function duplicatesOf(attempts: readonly Attempt[]): number {
  const executed = new Map<string, number>();
  for (const { callId, executed: ran } of attempts)
    if (ran && /w\d+$/.test(callId)) executed.set(callId, (executed.get(callId) ?? 0) + 1);
  return [...executed.values()].filter((times) => times > 1).length;
}
