/** The agent that answers is lost at each event of its answer: by SIGKILL, by SIGTERM, by SIGSTOP. */

import type { TaskDescription } from "@agent-team/local-cloud";
import { type Answer, ask, faultsOf } from "./answer.ts";
import type { CaseOptions, Measured, ServicesCase, Topology } from "./scenario.ts";
import type { System } from "./system.ts";

const AGENT = "workflow-agent";

/** Slow enough that the answer is under way when its agent is found. */
const PACE_MS = 40;

const PACED: Topology = { agents: 2, environment: { PLANNER_PACE_MS: String(PACE_MS) } };

/** Without `--full`: every fourth event, and every tenth for SIGSTOP, after which each takeover takes ten seconds. */
const STEP = 4;
const LONG_STEP = 10;

type Lose = (system: System, task: TaskDescription) => Promise<void>;

export const losingAnAgent: readonly ServicesCase[] = [
  {
    name: "SIGKILL at each event",
    target: "text exact, taken once, pause at most the lease of 3 s and 200 ms",
    topology: PACED,
    run: (system, options) => loseAtEach(system, options, STEP, ({ cloud }, { id }) => cloud.killTask(id)),
  },
  {
    name: "SIGTERM at each event",
    target: "text exact, taken at most once, pause at most 100 ms",
    topology: PACED,
    run: (system, options) => loseAtEach(system, options, STEP, ({ cloud }, { id }) => cloud.stopTask(id)),
  },
  {
    name: "SIGSTOP at each event",
    target: "text exact, taken once, pause at most 6 s and the lease",
    topology: PACED,
    run: (system, options) => loseAtEach(system, options, LONG_STEP, freeze),
  },
];

/** The cloud finds by its checks that the process is silent, and replaces it. */
async function freeze({ cloud }: System, { pid, id }: TaskDescription): Promise<void> {
  if (pid === undefined) throw new Error("the task has no process");
  process.kill(pid, "SIGSTOP");
  await new Promise<void>((resolve) => {
    const leave = cloud.subscribe((event) => {
      if (event.kind !== "task-changed" || event.task.id !== id || event.task.state !== "stopped") return;
      leave();
      resolve();
    });
  });
}

async function loseAtEach(system: System, options: CaseOptions, step: number, lose: Lose): Promise<Measured> {
  const { url, cloud } = system;
  await ask(url, "first"); // pauses for what processes do once, and is no measure
  const whole = await ask(url, "undisturbed");
  const violations: string[] = [];
  const answers: Answer[] = [];
  for (let at = 1; at < whole.events; at += options.full ? 1 : step) {
    options.interruption.throwIfAborted();
    const name = `lost-at-${at}`;
    const answer = await askAndLose(system, name, at, lose);
    answers.push(answer);
    violations.push(...faultsOf(answer, whole, { of: name, whole: "undisturbed" }));
    if (answer.takeovers > 1) violations.push(`${name}: taken ${answer.takeovers} times`);
    violations.push(...(await storedFaults(url, name)));
    await cloud.steady(AGENT);
  }
  const pauses = answers.map(({ longestPauseMs }) => longestPauseMs).toSorted((a, b) => a - b);
  return {
    figures: {
      losses: answers.length,
      "taken over": answers.filter(({ takeovers }) => takeovers === 1).length,
      "median pause, ms": Math.round(pauses[Math.floor(pauses.length / 2)] ?? 0),
      "longest pause, ms": Math.round(pauses.at(-1) ?? 0),
      "pause undisturbed, ms": Math.round(whole.longestPauseMs),
    },
    violations,
  };
}

async function askAndLose(system: System, name: string, at: number, lose: Lose): Promise<Answer> {
  let lost: Promise<void> | undefined;
  const answer = await ask(system.url, name, {
    async onEvent(sequence) {
      if (sequence !== at) return;
      // A turn that has ended meanwhile has no agent to lose.
      const task = await system.busyTask(AGENT).catch(() => undefined);
      if (task !== undefined) lost = lose(system, task);
    },
  });
  await lost;
  return answer;
}

/** The conversation has the question and one answer. */
async function storedFaults(url: string, name: string): Promise<string[]> {
  const stored = (await (await fetch(`${url}/v1/conversations/${name}`)).json()) as { messages?: readonly unknown[] };
  return stored.messages?.length === 2 ? [] : [`${name}: ${stored.messages?.length} messages are stored, expected 2`];
}
