import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { beforeEach, describe, expect, test } from "vitest";
import { attemptAt, endAttempt, OUTCOME } from "../../test/support/loads.ts";
import { type EndpointLoad, EndpointLoads } from "../endpoint-load.ts";
import { type ChannelEvent, ChannelEvents } from "../events.ts";
import { FleetLatency } from "../fleet-latency.ts";
import { type OutlierDetectionOptions, resolveOutlierDetection } from "../health-options.ts";
import type { Outcome } from "../outcome.ts";
import { Status, type StatusCode } from "../status.ts";
import { OutlierDetection } from "./outlier-detection.ts";

let clock: FakeClock;
let loads: EndpointLoads;
let detection: OutlierDetection;
let emitted: ChannelEvent[];
let checked: string[];
let returned: string[];
let probes: number;

function start(options: OutlierDetectionOptions = {}, random = () => 1 - Number.EPSILON): void {
  clock = new FakeClock();
  emitted = [];
  checked = [];
  returned = [];
  probes = 0;
  const events = new ChannelEvents();
  events.on((event) => emitted.push(event));
  const resolved = resolveOutlierDetection(options);
  if (resolved === undefined) throw new Error("the detection is off");
  detection = new OutlierDetection({
    clock,
    random,
    events,
    options: resolved,
    checkHealth: ({ key }) => void checked.push(key),
    didReturn: ({ key }) => void returned.push(key),
  });
  loads = new EndpointLoads({
    clock,
    latency: new FleetLatency(),
    learners: [detection.createLearner],
    onEligibility: () => {},
    onProbe: () => void probes++,
  });
}

beforeEach(() => start());

function tier(...keys: string[]): EndpointLoad[] {
  const members = keys.map((key) => loads.of(key));
  detection.update([members], false);
  return members;
}

const FAILURE: Outcome = {
  ...OUTCOME,
  kind: "failure",
  class: "maybe-processed",
  code: Status.unavailable,
  origin: "transport",
  ttfbMs: undefined,
};

function end(load: EndpointLoad | undefined, outcome: Outcome): void {
  if (load === undefined) throw new Error("expected a load");
  const attempt = attemptAt(clock.now() - outcome.durationMs);
  load.didStart(attempt);
  endAttempt(load, attempt, outcome);
}

function fail(load: EndpointLoad | undefined, times = 1, rest: Partial<Outcome> = {}): void {
  for (let i = 0; i < times; i++) end(load, { ...FAILURE, ...rest });
}

function succeed(load: EndpointLoad | undefined, times = 1): void {
  for (let i = 0; i < times; i++) end(load, OUTCOME);
}

function ejected(...members: EndpointLoad[]): string[] {
  return members.flatMap(({ key, exclusion }) => (exclusion === "ejected" ? [key] : []));
}

describe("5.1: 5 consecutive failures", () => {
  test("eject an endpoint that the others do not share them with", () => {
    const [a, b, c] = tier("a", "b", "c");
    succeed(b, 20);
    succeed(a, 1_000);
    fail(a, 4);
    expect(ejected(...[a, b, c].flatMap((load) => load ?? []))).toEqual([]);
    fail(a);
    expect(a?.exclusion).toBe("ejected");
    expect(emitted).toEqual([{ type: "ejected", endpoint: "a", reason: "consecutive-failures", forMs: 2_000 }]);
  });

  test("are interrupted by a success, and not by what is ignorable", () => {
    const [a] = tier("a", "b");
    succeed(a, 100);
    fail(a, 4);
    succeed(a);
    fail(a, 4);
    end(a, { ...FAILURE, kind: "ignorable" });
    expect(a?.isEligible).toBe(true);
    fail(a);
    expect(a?.isEligible).toBe(false);
  });

  test.each(["resourceExhausted", "internal", "unknown", "dataLoss"] as const)(
    "are not made of %s from a server, which counts for the ratio alone",
    (code) => {
      const [a] = tier("a", "b");
      fail(a, 9, { origin: "server", class: "rejected", code: Status[code] as StatusCode });
      expect(a?.isEligible).toBe(true);
      fail(a, 1, { origin: "server", class: "rejected", code: Status[code] as StatusCode });
      expect(emitted).toMatchObject([{ type: "ejected", reason: "failure-ratio" }]);
    },
  );
});

test("5.1: 50 % of at least 10 calls in 10 s eject an endpoint", () => {
  const [a, b] = tier("a", "b");
  succeed(b, 20);
  for (let i = 0; i < 4; i++) {
    fail(a);
    succeed(a);
  }
  fail(a);
  expect(a?.isEligible).toBe(true); // 5 of 9
  succeed(a);
  fail(a);
  expect(emitted).toMatchObject([{ reason: "failure-ratio" }]);
});

test("5.1: older outcomes do not count", () => {
  const [a] = tier("a", "b");
  for (let i = 0; i < 4; i++) {
    fail(a);
    succeed(a);
  }
  clock.advance(11_000);
  fail(a);
  succeed(a);
  fail(a);
  expect(a?.isEligible).toBe(true);
});

describe("5.1: relative, at least 30 points above the others", () => {
  test("five failures in a row eject none while the others fail alike", () => {
    const members = tier("a", "b", "c");
    for (let i = 0; i < 100; i++) for (const load of members) fail(load);
    expect(ejected(...members)).toEqual([]);
  });

  test("a ratio of 60 % ejects none beside others with 40 %", () => {
    const members = tier("a", "b", "c");
    const [a, ...others] = members;
    for (let i = 0; i < 20; i++) {
      for (const load of others) (i % 5 < 2 ? fail : succeed)(load);
      (i % 5 < 3 ? fail : succeed)(a);
    }
    expect(ejected(...members)).toEqual([]);
  });
});

test("5.1: at most half of a tier, of two endpoints one, and from two endpoints on", () => {
  const four = tier("a", "b", "c", "d");
  succeed(four[3], 10);
  for (const load of four.slice(0, 3)) fail(load, 5);
  expect(ejected(...four)).toEqual(["a", "b"]);
  const two = tier("x", "y");
  fail(two[0], 5);
  fail(two[1], 5);
  expect(ejected(...two)).toEqual(["x"]);
  const one = tier("z");
  fail(one[0], 50);
  expect(ejected(...one)).toEqual([]);
});

describe("5.1 and 2.1: with a later tier", () => {
  test("all may be ejected, also a single one", () => {
    const members = ["a", "b"].map((key) => loads.of(key));
    detection.update([members], true);
    for (let i = 0; i < 5; i++) for (const load of members) fail(load);
    expect(ejected(...members)).toEqual(["a", "b"]);
    const one = [loads.of("z")];
    detection.update([one], true);
    fail(one[0], 5);
    expect(ejected(...one)).toEqual(["z"]);
  });

  test("half at most while that tier fails within 30 points as often", () => {
    const members = ["a", "b"].map((key) => loads.of(key));
    const later = ["x", "y"].map((key) => loads.of(key));
    detection.update([members, later], false);
    for (const load of later) fail(load, 4);
    for (const load of members) fail(load, 5);
    expect(ejected(...members)).toEqual(["a"]);
  });

  test("the later tier keeps half of its own", () => {
    const members = ["a", "b"].map((key) => loads.of(key));
    const later = ["x", "y"].map((key) => loads.of(key));
    detection.update([members, later], false);
    for (const load of members) fail(load, 5);
    for (const load of later) fail(load, 5);
    expect(ejected(...members, ...later)).toEqual(["a", "b", "x"]);
  });
});

describe("5.1: an ejection", () => {
  test("lasts U(0.5, 1) × 2 s, then one idempotent call may go there", () => {
    start({}, () => 0);
    const [a] = tier("a", "b");
    fail(a, 5);
    expect(emitted).toMatchObject([{ forMs: 1_000 }]);
    clock.advance(999);
    expect(a?.probe).toBe("none");
    clock.advance(1);
    expect([a?.probe, a?.isEligible, probes]).toEqual(["idempotent", false, 1]);
  });

  test("doubles with each failed probe, up to 60 s", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    for (const forMs of [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      expect(emitted.at(-1)).toMatchObject({ type: "ejected", forMs });
      clock.advance(forMs);
      a?.takeProbe();
      expect(a?.probe).toBe("none");
      fail(a);
    }
  });

  test("ends with a successful probe: the endpoint returns", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    clock.advance(2_000);
    a?.takeProbe();
    succeed(a);
    expect(a?.isEligible).toBe(true);
    expect(emitted.at(-1)).toEqual({ type: "unejected", endpoint: "a" });
    expect(returned).toEqual(["a"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("goes on after an ignorable probe, which leaves the place to another one", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    clock.advance(2_000);
    a?.takeProbe();
    end(a, { ...FAILURE, kind: "ignorable" });
    expect([a?.probe, a?.isEligible]).toEqual(["idempotent", false]);
  });

  test("is not ended by attempts that began before it", () => {
    const [a] = tier("a", "b");
    const old = attemptAt(clock.now());
    a?.didStart(old);
    fail(a, 5);
    clock.advance(2_000);
    a?.takeProbe();
    a?.didEnd(old, { ...OUTCOME, ttfbMs: undefined });
    expect(a?.isEligible).toBe(false);
    succeed(a);
    expect(a?.isEligible).toBe(true);
  });

  test("of a stream ends with its first response bytes", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    clock.advance(2_000);
    a?.takeProbe();
    const stream = attemptAt(clock.now(), true);
    a?.didStart(stream);
    a?.didRespond(stream, 5);
    expect(a?.isEligible).toBe(true);
  });

  test("asks for the endpoint's health when no call has come for 5 s", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    clock.advance(6_999);
    expect(checked).toEqual([]);
    clock.advance(1);
    expect([checked, a?.probe]).toEqual([["a"], "none"]);
    a?.reportProbe("success", clock.now());
    expect(a?.isEligible).toBe(true);
  });

  test("does not ask while a probe is under way", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    clock.advance(2_000);
    a?.takeProbe();
    const slow = attemptAt(clock.now());
    a?.didStart(slow);
    clock.advance(20_000);
    expect(checked).toEqual([]);
    a?.didEnd(slow, { ...FAILURE, durationMs: 20_000 });
    expect(emitted.at(-1)).toMatchObject({ reason: "probe-failed" });
  });

  test("is followed by a probation: one failure before five successes ejects again, for longer", () => {
    const [a] = tier("a", "b");
    const eject = (): void => {
      clock.advance(2_000);
      a?.takeProbe();
      succeed(a);
    };
    fail(a, 5);
    eject();
    fail(a);
    expect(emitted.at(-1)).toMatchObject({ reason: "consecutive-failures", forMs: 4_000 });
    clock.advance(2_000);
    eject();
    succeed(a, 5);
    fail(a, 4);
    expect(a?.isEligible).toBe(true);
  });

  test("k − 1 for each healthy minute", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    for (const forMs of [2_000, 4_000, 8_000]) {
      clock.advance(forMs);
      a?.takeProbe();
      if (forMs < 8_000) fail(a);
      else succeed(a);
    }
    clock.advance(125_000);
    succeed(a, 5);
    fail(a, 5);
    expect(emitted.at(-1)).toMatchObject({ forMs: 4_000 }); // k was 3
  });

  test("of an outage of hours is forgiven like one of minutes", () => {
    const [a] = tier("a", "b");
    fail(a, 5);
    for (let minute = 0; minute < 120; minute++) {
      clock.advance(60_000);
      a?.takeProbe();
      fail(a);
    }
    clock.advance(60_000);
    a?.takeProbe();
    succeed(a);
    clock.advance(5 * 60_000);
    succeed(a, 5);
    fail(a, 5);
    expect(emitted.at(-1)).toMatchObject({ type: "ejected", forMs: 2_000 });
  });
});

test("1 % random errors of each of three endpoints for an hour eject none", () => {
  const [seed, members] = [20_261_129, tier("a", "b", "c")];
  const random = seededRandom(seed);
  // 200 calls/s for an hour. Five in a row have the probability 10⁻¹⁰ at each call, half of ten less than 10⁻⁷ in each 10 s.
  for (let i = 0; i < 720_000; i++) {
    if (i % 200 === 0) clock.advance(1_000);
    (random() < 0.01 ? fail : succeed)(members[i % 3]);
  }
  expect(emitted, `seed ${seed}`).toEqual([]);
});

test("closing cancels all timers, and so does forgetting an endpoint", () => {
  const [a] = tier("a", "b");
  fail(a, 5);
  expect(clock.pendingTimers).toBe(1);
  loads.forget("a");
  clock.advance(60_000);
  loads.of("a");
  expect(clock.pendingTimers).toBe(0);
  const [x] = tier("x", "y");
  fail(x, 5);
  detection.close();
  expect(clock.pendingTimers).toBe(0);
});
