/** Runs of workflows while engines, and the store, are lost. */

import { systemClock } from "@agent-team/foundation/clock";
import type { CaseOptions, Measured, ServicesScenario } from "./scenario.ts";
import type { System } from "./system.ts";
import { CountingWorkflow, follow } from "./workflow.ts";
import { stoppedEngine } from "./zombie.ts";

const ENGINE = "workflow-engine";
const TWO_ENGINES = { agents: 1, engines: 2 };

const FEW_STEPS = 6;
const STEPS = 50;
const RUNS = 200;
const RUNS_OVER_RESTART = 50;
const KILL_EVERY_MS = 5_000;

/** Without `--full` every third event. */
const STEP = 3;

export const runs: ServicesScenario = {
  slug: "runs",
  fault: "the engines that drive a run, or their Redis, are lost",
  cases: [
    {
      name: "SIGKILL of all engines at each event",
      target: "each node recorded once, the run ends right at most one lease of 3 s and 1 s after engines are back",
      topology: TWO_ENGINES,
      run: killAtEach,
    },
    {
      name: "200 runs of 50 steps, one of two engines killed every 5 s",
      target: "each node recorded once, all runs end",
      topology: TWO_ENGINES,
      run: killAgain,
    },
    stoppedEngine,
    {
      name: "50 runs of 50 steps over a restart of Redis",
      target: "each node recorded once, all runs end",
      topology: TWO_ENGINES,
      store: "redis",
      run: restartRedis,
    },
  ],
};

async function killAtEach({ url, cloud }: System, { full, interruption }: CaseOptions): Promise<Measured> {
  const workflow = await CountingWorkflow.store(url, FEW_STEPS);
  const events = await countEvents(url, workflow);
  const violations: string[] = [];
  const late: number[] = [];
  for (let at = 1; at < events; at += full ? 1 : STEP) {
    interruption.throwIfAborted();
    const run = await workflow.start(`killed-at-${at}`);
    await follow(url, run, async (sequence) => {
      if (sequence === at) await Promise.all(cloud.tasks(ENGINE).map(({ id }) => cloud.killTask(id)));
    });
    await cloud.steady(ENGINE);
    const backMs = systemClock.now();
    violations.push(...(await workflow.faultsOf(run)));
    late.push(systemClock.now() - backMs);
  }
  return { figures: { kills: late.length, "ended after at most, ms": Math.round(Math.max(...late)) }, violations };
}

async function countEvents(url: string, workflow: CountingWorkflow): Promise<number> {
  let events = 0;
  await follow(url, await workflow.start("undisturbed"), async (sequence) => {
    events = sequence;
  });
  return events;
}

async function killAgain({ url, cloud }: System, { interruption }: CaseOptions): Promise<Measured> {
  const workflow = await CountingWorkflow.store(url, STEPS);
  const startedMs = systemClock.now();
  let kills = 0;
  let isOver = false;
  const killing = (async (): Promise<void> => {
    for (;;) {
      await new Promise<void>((resolve) => systemClock.setTimer(KILL_EVERY_MS, resolve));
      interruption.throwIfAborted();
      if (isOver) return;
      const [engine] = cloud.tasks(ENGINE).filter(({ state }) => state === "running");
      if (engine === undefined) continue;
      await cloud.killTask(engine.id);
      kills += 1;
    }
  })();
  const violations = await runMany(workflow, RUNS);
  isOver = true;
  await killing;
  const seconds = (systemClock.now() - startedMs) / 1_000;
  return {
    figures: { runs: RUNS, kills, "node executions a second": Math.round((RUNS * STEPS) / seconds) },
    violations,
  };
}

async function restartRedis({ url, redis }: System): Promise<Measured> {
  const workflow = await CountingWorkflow.store(url, STEPS);
  const ending = runMany(workflow, RUNS_OVER_RESTART);
  await redis?.kill();
  await redis?.start();
  return { figures: { runs: RUNS_OVER_RESTART, restarts: 1 }, violations: await ending };
}

/** Starts runs, and returns what is wrong with any of them at its end. */
async function runMany(workflow: CountingWorkflow, count: number): Promise<string[]> {
  const starting = Array.from({ length: count }, (_, at) => workflow.start(`run-${at}`));
  const faults = await Promise.all(starting.map(async (run) => workflow.faultsOf(await run)));
  return faults.flat();
}
