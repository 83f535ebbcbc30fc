/** What the figures mean, on runs of which they are known. */

import { expect, test } from "vitest";
import { loadScenario } from "./load-scenario.ts";
import type { Measures } from "./measures.ts";
import { subjectNamed } from "./subjects.ts";
import { HEALTHY } from "./world/host.ts";

type Init = Parameters<typeof loadScenario>[0];

const INIT: Init = {
  name: "x",
  story: "x",
  measures: ["p99Ms"],
  hosts: 4,
  clients: 1,
  slots: 4,
  work: { kind: "exponential", meanMs: 1 },
  arrivals: { kind: "rate", perSecond: 400 },
  warmMs: 1_000,
  untilMs: 11_000,
};

function run(init: Partial<Init>, subject = "round robin"): Promise<Measures> {
  return loadScenario({ ...INIT, ...init }).run(subjectNamed(subject), 1, { isSharing: false });
}

test("round robin gives each host its share: of faulty hosts, of those that joined, and of other zones", async () => {
  const measures = await run({
    hosts: 2,
    joining: { hosts: 2, atMs: 500 },
    manner: (index) => (index === 0 ? { ...HEALTHY, failureRatio: () => 1 } : HEALTHY),
    zoneOfHost: (index) => (index === 0 ? "a" : "b"),
    zoneOfClient: () => "a",
  });
  expect(measures.faultyRatio).toBeCloseTo(1 / 4, 2);
  expect(measures.laterFaultyRatio).toBeCloseTo(1 / 4, 2);
  expect(measures.errorRatio).toBeCloseTo(1 / 4, 2);
  expect(measures.remoteRatio).toBeCloseTo(3 / 4, 2);
  expect(measures.newHostsRatio).toBeCloseTo(1, 2);
  expect(measures.skew).toBeCloseTo(1, 2);
  expect(measures.attemptsPerCall).toBeCloseTo(1, 2);
  expect(measures.unfinishedRatio).toBeLessThan(0.01);
});

test("the time to the first byte is the work and two packets, without the failed calls", async () => {
  const measures = await run({ manner: () => ({ ...HEALTHY, failureRatio: () => 0.5 }) });
  // The quantiles of an exponential distribution with mean 1, and 0.25 ms each way; 5 σ of the median of 2,000 draws is 0.12.
  expect(Math.abs((measures.p50Ms ?? 0) - (Math.LN2 + 0.5))).toBeLessThan(0.12);
  expect(Math.abs((measures.p99Ms ?? 0) - (Math.log(100) + 0.5))).toBeLessThan(1.2);
});

test("hosts that cannot keep up leave calls unfinished, which count with their wait so far", async () => {
  const measures = await run({ slots: 1, work: { kind: "exponential", meanMs: 20 } });
  expect(measures.unfinishedRatio).toBeGreaterThan(0.3);
  expect(measures.p99Ms).toBeGreaterThan(4_000);
});

test("a closed loop keeps its number of calls in flight", async () => {
  const measures = await run({ arrivals: { kind: "closed", inFlight: 3 }, work: { kind: "exponential", meanMs: 10 } });
  expect(measures.unfinishedRatio).toBeLessThan(0.01);
  expect(measures.errors).toBe(0);
});

test.each(["ours", "round robin"])(
  "%s: calls that may be repeated are, and the last failure is that of the outage",
  async (subject) => {
    const outage = { ...HEALTHY, failureRatio: (nowMs: number) => (nowMs >= 2_000 && nowMs < 4_000 ? 1 : 0) };
    const measures = await run({ manner: () => outage, healedMs: 4_000, isIdempotent: true }, subject);
    expect(measures.attemptsPerCall).toBeGreaterThan(1.0005);
    expect(measures.attemptsPerCall).toBeLessThan(1.1);
    expect(measures.errors).toBeGreaterThan(100);
    expect(measures.recoveryMs).toBeLessThan(10);
  },
);

test("our round_robin: an ejected host is asked for its health, and gets calls again once it works", async () => {
  const failing = { ...HEALTHY, failureRatio: (nowMs: number) => (nowMs >= 2_000 && nowMs < 4_000 ? 1 : 0) };
  const measures = await run(
    { hosts: 3, manner: (index) => (index === 0 ? failing : HEALTHY), untilMs: 61_000 },
    "ours, round_robin",
  );
  expect(measures.ejections).toBeGreaterThan(0);
  expect(measures.errors).toBeLessThan(100);
  expect(measures.faultyRatio).toBeGreaterThan(0.1);
});

test("of two hosts that fail one is ejected, and the ejection is counted", async () => {
  const failing = { ...HEALTHY, failureRatio: () => 1 };
  const measures = await run({ hosts: 2, manner: () => failing, isFaulty: () => false }, "round robin + A50 tuned");
  expect(measures.ejections).toBe(1);
  expect(measures.errorRatio).toBe(1);
});
