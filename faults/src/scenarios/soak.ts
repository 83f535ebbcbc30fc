import { type Random, seededRandom } from "@agent-team/foundation/random";
import type { Action, Scenario, Step, Times } from "../scenario.ts";
import { range, UNAVAILABLE } from "./common.ts";

const MINUTES_10: Times = { warmMs: 2_000, faultMs: 5_000, healMs: 590_000, endMs: 600_000 };
const HOURS_2: Times = { warmMs: 2_000, faultMs: 5_000, healMs: 7_190_000, endMs: 7_200_000 };
const SEED = 9;
/** Each fault lasts so long, and its host has the rest of the time until it can get the next one. */
const FAULT_MS = 3_000;
const EVERY_MS = 6_000;
const HOSTS = 8;
/** Faults come to both groups at once. Hosts 6 and 7 have none. */
const GROUPS = [
  [0, 1, 2],
  [3, 4, 5],
];

interface Fault {
  readonly fault: Action;
  readonly heal: Action;
}

function faultsOf(host: number): readonly Fault[] {
  const hosts = [host];
  const healed = { kind: "manner", hosts, manner: {} } as const;
  const connected = { kind: "proxy", hosts, fault: { kind: "none" } } as const;
  return [
    { fault: { kind: "signal", hosts, signal: "SIGKILL" }, heal: { kind: "restart", hosts } },
    { fault: { kind: "signal", hosts, signal: "SIGSTOP" }, heal: { kind: "signal", hosts, signal: "SIGCONT" } },
    { fault: { kind: "manner", hosts, manner: { fails: { status: UNAVAILABLE, afterMs: 1 } } }, heal: healed },
    { fault: { kind: "manner", hosts, manner: { slowBy: 10 } }, heal: healed },
    { fault: { kind: "manner", hosts, manner: { malformed: "cut" } }, heal: healed },
    { fault: { kind: "goaway", hosts }, heal: healed },
    { fault: { kind: "proxy", hosts, fault: { kind: "reset" } }, heal: connected },
    { fault: { kind: "proxy", hosts, fault: { kind: "half-open" } }, heal: connected },
    { fault: { kind: "proxy", hosts, fault: { kind: "corrupt" } }, heal: connected },
    { fault: { kind: "proxy", hosts, fault: { kind: "refuse" } }, heal: connected },
    { fault: { kind: "proxy", hosts, fault: { kind: "delay", ms: 200 } }, heal: connected },
    { fault: { kind: "dns", behaviour: "servfail" }, heal: { kind: "dns", behaviour: "answer" } },
    { fault: { kind: "dns", behaviour: "empty" }, heal: { kind: "dns", behaviour: "answer" } },
  ];
}

/** A random fault of a random host of each group, again and again. The same at every run. */
function mix(times: Times): readonly Step[] {
  const random = seededRandom(SEED);
  const count = Math.floor((times.healMs - times.faultMs) / EVERY_MS);
  return range(0, count).flatMap((round) =>
    GROUPS.flatMap((group, lane): readonly Step[] => {
      const plusMs = round * EVERY_MS + (lane * EVERY_MS) / 2;
      const { fault, heal } = oneOf(faultsOf(oneOf(group, random)), random);
      return [
        { at: "fault", plusMs, action: fault },
        { at: "fault", plusMs: plusMs + FAULT_MS, action: heal },
      ];
    }),
  );
}

function oneOf<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}

export const soak: Scenario = {
  slug: "soak",
  fault: "a seeded mix of faults, two at a time, for ten minutes (--full: two hours)",
  target: "each call ends once; 0 duplicates; memory that is alive grows by < 1 MiB/h; nothing left running",
  isApart: true,
  clients: ["ours"],
  fullTimes: HOURS_2,
  cases: [
    {
      name: "8 hosts, 200 calls/s and streams",
      topology: { hosts: HOSTS, discovery: "dns", proxied: true },
      load: { rps: 200, serviceMs: 5, writes: 0.2, streams: 20, deadlineMs: 5_000 },
      times: MINUTES_10,
      // Those of two hours: what is beyond the end of a shorter run is not played.
      steps: mix(HOURS_2),
      faulty: range(0, 6),
    },
  ],
};
