/** Loads, times and actions that several scenarios share. */

import type { Load, Step, Times, Topology } from "../scenario.ts";

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
const UNAVAILABLE = 14;

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
