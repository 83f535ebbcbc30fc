/** Loads, times and actions that several scenarios share. */

import type { Action, Load, Step, Times, Topology } from "../scenario.ts";

/** 200 calls a second: on three hosts a third of a call is in flight on each. */
export const LOW: Load = { rps: 200, serviceMs: 5, writes: 0.2, streams: 0, deadlineMs: 5_000 };

/** On three hosts ten calls are in flight on each: 300 calls a second of 100 ms. */
export const BUSY: Load = { ...LOW, rps: 300, serviceMs: 100 };

/** On ten hosts: 500 calls a second, and 50 streams of 20 s. */
export const MIXED: Load = { ...LOW, rps: 500, streams: 50 };

/** For scenarios that show within seconds what happens. */
export const BRIEF: Times = { warmMs: 1_500, faultMs: 2_500, healMs: 6_500, endMs: 8_500 };

/** For scenarios that need more time to settle or to return. */
export const SHORT: Times = { warmMs: 2_000, faultMs: 4_000, healMs: 10_000, endMs: 15_000 };

/** gRPC's number. */
export const UNAVAILABLE = 14;

export const THREE: Topology = { hosts: 3, discovery: "dns" };
export const TEN: Topology = { hosts: 10, discovery: "dns" };

/** The hosts answer UNAVAILABLE in 1 ms until the fault heals. */
export function failingSteps(hosts: readonly number[], more: { readonly pushbackMs?: number } = {}): readonly Step[] {
  const fails = { status: UNAVAILABLE, afterMs: 1, ...more };
  return [
    { at: "fault", action: { kind: "manner", hosts, manner: { fails } } },
    { at: "heal", action: { kind: "manner", hosts, manner: {} } },
  ];
}

/** What happens to the hosts at the fault, and how they become well again. */
export function during(fault: Action, heal: Action): readonly Step[] {
  return [
    { at: "fault", action: fault },
    { at: "heal", action: heal },
  ];
}

export function stop(hosts: readonly number[]): readonly Step[] {
  return during({ kind: "signal", hosts, signal: "SIGSTOP" }, { kind: "signal", hosts, signal: "SIGCONT" });
}

/** SIGKILL, and the same address again. */
export function kill(hosts: readonly number[]): readonly Step[] {
  return during({ kind: "signal", hosts, signal: "SIGKILL" }, { kind: "restart", hosts });
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** For faults that are there before the client is. */
export const FROM_THE_START: Times = { warmMs: 0, faultMs: 0, healMs: 4_000, endMs: 5_000 };

/** Three in each zone. The client is in the zone of hosts 0, 3 and 6. */
export const NINE: Topology = { hosts: 9, discovery: "dns", zones: 3 };

/** For faults that show at once. */
export const QUICK: Times = { warmMs: 500, faultMs: 1_000, healMs: 3_000, endMs: 4_500 };
