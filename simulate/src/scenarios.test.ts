import { expect, test } from "vitest";
import { jobsOf, summarize } from "./experiment.ts";
import { runJob } from "./job.ts";
import { loadScenario } from "./load-scenario.ts";
import { toJson, toTable } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { OURS, subjectNamed } from "./subjects.ts";
import { runOnThreads } from "./threads.ts";
import { HEALTHY } from "./world/host.ts";

const small = loadScenario({
  name: "small",
  story: "three hosts, one of which fails half of its calls",
  measures: ["errorRatio", "p99Ms"],
  hosts: 3,
  clients: 2,
  slots: 2,
  work: { kind: "exponential", meanMs: 10 },
  arrivals: { kind: "load", ratio: 0.5, burst: 2 },
  manner: (index) => (index === 0 ? { ...HEALTHY, failureRatio: () => 0.5 } : HEALTHY),
  hasFailures: true,
  warmMs: 500,
  untilMs: 2_000,
});

async function reportOf(scenario: Scenario, isSharing: boolean): Promise<string> {
  const runs = [];
  for (const { subject, seed } of jobsOf(scenario, 2, isSharing)) {
    runs.push(await scenario.run(subjectNamed(subject), seed, { isSharing }));
  }
  const result = summarize(scenario, 2, runs);
  return toTable(result) + toJson("small", [result]);
}

test.each([false, true])(
  "two runs of a scenario give the same report to the byte; sharing hosts: %s",
  async (isSharing) => {
    const first = await reportOf(small, isSharing);
    expect(first).toContain(OURS);
    expect(await reportOf(small, isSharing)).toBe(first);
  },
);

test("another seed and another host model give other figures", async () => {
  const run = (seed: number, isSharing: boolean) => small.run(subjectNamed(OURS), seed, { isSharing });
  const figures = await Promise.all([run(1, false), run(2, false), run(1, true)]);
  expect(new Set(figures.map(({ p99Ms }) => p99Ms)).size).toBe(3);
});

test("threads give the figures of the same jobs on one thread, in the order of the jobs", async () => {
  const jobs = ["two choices", "round robin"].map((subject) => ({
    scenario: "slow-host",
    subject,
    seed: 1,
    isSharing: false,
  }));
  expect(await runOnThreads(jobs)).toEqual(await Promise.all(jobs.map(runJob)));
});

test("a job that fails on a thread is an error with its scenario, policy and seed", async () => {
  const job = { scenario: "slow-host", subject: "no such policy", seed: 3, isSharing: false };
  await expect(runOnThreads([job])).rejects.toThrow("slow-host, no such policy, seed 3");
});

test("every scenario has a name of its own and the figures that its table shows", async () => {
  const names = SCENARIOS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).not.toContain("all");
});
