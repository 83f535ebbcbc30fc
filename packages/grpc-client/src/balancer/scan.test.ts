import { seededRandom } from "@agent-team/foundation/random";
import { describe, expect, test } from "vitest";
import { callThatTried, candidate as candidateOf } from "../../test/support/loads.ts";
import type { Candidate } from "./candidate.ts";
import { ScanPicker } from "./scan.ts";
import { REMOTE_CALLS, REMOTE_FACTOR } from "./zone.ts";

function candidate(host: string, inFlight = 0, hasRoom = true): Candidate & { hasRoom: boolean } {
  return candidateOf({ host }, { inFlight, hasRoom });
}

function picker(candidates: readonly Candidate[], factors: readonly number[] = [], seed = 1): ScanPicker {
  candidates.forEach(({ load }, i) => load.setFactor("zone", factors[i] ?? 1));
  return new ScanPicker(candidates, seededRandom(seed));
}

function hostOf(pick: ReturnType<ScanPicker["pick"]>): string {
  return pick.kind === "complete" ? pick.subchannel.endpoint.host : pick.kind;
}

test("the endpoint with the fewest calls in flight is picked", () => {
  expect(hostOf(picker([candidate("a", 3), candidate("b", 1), candidate("c", 2)]).pick(callThatTried()))).toBe("b");
});

test("a local endpoint wins over an idle remote one until it has seven calls in flight, and over a busy one longer", () => {
  const local = candidate("local", 6);
  const remote = candidate("remote", 0);
  remote.load.distance = REMOTE_CALLS;
  const zoned = picker([local, remote], [1, REMOTE_FACTOR]);
  expect(hostOf(zoned.pick(callThatTried()))).toBe("local");
  local.load.inFlight = 7;
  expect(hostOf(zoned.pick(callThatTried()))).toBe("remote");
  [local.load.inFlight, remote.load.inFlight] = [30, 16];
  expect(hostOf(zoned.pick(callThatTried()))).toBe("local");
  local.load.inFlight = 31;
  expect(hostOf(zoned.pick(callThatTried()))).toBe("remote");
});

test("ties are broken evenly", () => {
  // 4 endpoints, 40,000 picks of equal cost: binomial with σ = √(40,000 × ¼ × ¾) ≈ 87; 5 σ leave one false alarm in 10⁶.
  const seed = 20_260_719;
  const candidates = ["a", "b", "c", "d"].map((host) => candidate(host));
  const counts = new Map<string, number>();
  const even = picker(candidates, undefined, seed);
  for (let i = 0; i < 40_000; i++) {
    const host = hostOf(even.pick(callThatTried()));
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  for (const { endpoint } of candidates) {
    expect(Math.abs((counts.get(endpoint.host) ?? 0) - 10_000), `seed ${seed}, ${endpoint.host}`).toBeLessThan(5 * 87);
  }
});

describe("endpoints that cannot be picked", () => {
  test("a full endpoint is skipped, and the same picker picks it again when it has room", () => {
    const full = candidate("full", 0, false);
    const busy = candidate("busy", 9);
    const both = picker([full, busy]);
    expect(hostOf(both.pick(callThatTried()))).toBe("busy");
    full.hasRoom = true;
    expect(hostOf(both.pick(callThatTried()))).toBe("full");
  });

  test("when all are full the call waits", () => {
    expect(picker([candidate("a", 0, false)]).pick(callThatTried())).toEqual({ kind: "queue", until: "room" });
    expect(picker([candidate("a", 0, false)]).pick(callThatTried("a:1"))).toEqual({ kind: "queue", until: "room" });
  });

  test("an endpoint that the call has tried is picked only when no other is left", () => {
    const pair = picker([candidate("a", 0), candidate("b", 50)]);
    expect(hostOf(pair.pick(callThatTried("a:1")))).toBe("b");
    expect(hostOf(pair.pick(callThatTried("a:1", "b:1")))).toBe("a");
  });
});

test("an endpoint that is not eligible is skipped, and the same picker picks it again when it is eligible", () => {
  const ejected = candidate("ejected", 0);
  const both = picker([ejected, candidate("busy", 9)]);
  ejected.load.exclude("ejected");
  expect(hostOf(both.pick(callThatTried()))).toBe("busy");
  ejected.load.admit("ejected");
  expect(hostOf(both.pick(callThatTried()))).toBe("ejected");
});

test("a changed factor affects the next pick of the same picker", () => {
  const [a, b] = [candidate("a"), candidate("b")];
  const both = picker([a, b], [1, 1.5]);
  expect(hostOf(both.pick(callThatTried()))).toBe("a");
  a.load.setFactor("zone", 1.5);
  b.load.setFactor("zone", 1);
  expect(hostOf(both.pick(callThatTried()))).toBe("b");
});

test("a pick allocates no result: the same endpoint gives the same object", () => {
  const one = picker([candidate("a")]);
  expect(one.pick(callThatTried())).toBe(one.pick(callThatTried()));
});
