import type { Scenario, Step, Topology } from "../scenario.ts";
import { MIXED, range } from "./common.ts";

const OLD = range(0, 10);
/** Shorter than the defaults, as the TTL is. No stream of 20 s has to end before its end. */
const DRAIN = { lameDuckMs: 8_000, stopTimeoutMs: 40_000 };
const TEN_AND_TEN: Topology = { hosts: 10, spare: 10, discovery: "dns", drain: DRAIN };

/** As ECS does it: the new hosts are listed, the old ones are not any more, and get SIGTERM at the same time. */
function replace(from: number, to: number, plusMs: number): readonly Step[] {
  return [
    { at: "fault", plusMs, action: { kind: "list", hosts: range(to, to + 10) } },
    { at: "fault", plusMs, action: { kind: "signal", hosts: range(from, to), signal: "SIGTERM" } },
  ];
}

export const deploy: Scenario = {
  slug: "deploy",
  fault: "ten hosts are replaced, five at a time, by SIGTERM with a lame-duck period of 8 s",
  target: "0 errors; no broken stream",
  cases: [
    {
      name: "10 hosts, 500 calls/s and streams",
      topology: TEN_AND_TEN,
      load: MIXED,
      // The fault comes after 31 s, because grpc-js asks DNS at most once in 30 s.
      times: { warmMs: 2_000, faultMs: 31_000, healMs: 50_000, endMs: 54_000 },
      steps: [...replace(0, 5, 0), ...replace(5, 10, 9_000)],
      faulty: OLD,
    },
  ],
};
