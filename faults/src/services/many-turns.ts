/** Many turns at once while agents and gateways are lost again and again. */

import { systemClock } from "@agent-team/foundation/clock";
import { type Answer, ask, faultsOf, type ReadOptions } from "./answer.ts";
import type { CaseOptions, Measured, ServicesCase } from "./scenario.ts";
import type { System } from "./system.ts";

const AGENT = "workflow-agent";
const TURNS = 50;
const KILL_EVERY_MS = 10_000;
const SHORT_MS = 40_000;
const FULL_MS = 120_000;

/** Six seconds for an answer, so that fifty of them are no load to speak of. */
const SLOW = { PLANNER_PACE_MS: "200" };

export const manyTurns: readonly ServicesCase[] = [
  {
    name: "an agent killed every 10 s under 50 turns",
    target: "no broken answer",
    topology: { agents: 3, environment: SLOW },
    run: killAgain,
  },
  {
    name: "agents and gateways replaced under 50 turns, for readers that come back",
    target: "no broken answer",
    topology: { agents: 2, gateways: 2, environment: SLOW },
    run: replaceAll,
  },
  {
    name: "50 callers of one request id over two agents",
    target: "all get the same answer, which is planned once",
    topology: { agents: 2, gateways: 2 },
    run: duplicates,
  },
];

async function killAgain(system: System, { full, interruption }: CaseOptions): Promise<Measured> {
  const load = await Load.start(system, {});
  const endMs = systemClock.now() + (full ? FULL_MS : SHORT_MS);
  let kills = 0;
  while (systemClock.now() < endMs) {
    await pass(KILL_EVERY_MS);
    interruption.throwIfAborted();
    await system.cloud.killTask((await system.busyTask(AGENT)).id);
    kills += 1;
  }
  return load.end({ kills });
}

async function replaceAll(system: System): Promise<Measured> {
  const load = await Load.start(system, { reconnects: true });
  await Promise.all([AGENT, "api-gateway"].map((service) => system.cloud.roll(service)));
  await pass(2_000); // the old tasks drain
  return load.end({ replaced: 4 });
}

async function duplicates(system: System): Promise<Measured> {
  const whole = await ask(system.url, "undisturbed");
  const options = { requestId: "the-same", reconnects: true };
  const answers = await Promise.all(Array.from({ length: TURNS }, () => ask(system.url, "one", options)));
  const violations = answers.flatMap((answer) => faultsOf(answer, whole, { of: "one", whole: "undisturbed" }));
  const fences = new Set(answers.map(({ fence }) => fence));
  if (fences.size !== 1) violations.push(`planned by ${[...fences].join(", ")}, expected one agent`);
  return { figures: { callers: answers.length, "agents that planned": fences.size }, violations };
}

/** So many readers, each with one turn after the other, until `end`. */
class Load {
  readonly #system: System;
  readonly #options: ReadOptions;
  readonly #whole: Answer;
  readonly #answers: Answer[] = [];
  readonly #violations: string[] = [];
  readonly #readers: readonly Promise<void>[];
  #isRunning = true;

  private constructor(system: System, options: ReadOptions, whole: Answer) {
    this.#system = system;
    this.#options = options;
    this.#whole = whole;
    this.#readers = Array.from({ length: TURNS }, (_, reader) => this.#read(reader));
  }

  static async start(system: System, options: ReadOptions): Promise<Load> {
    return new Load(system, options, await ask(system.url, "undisturbed"));
  }

  async end(figures: Readonly<Record<string, number>>): Promise<Measured> {
    this.#isRunning = false;
    await Promise.all(this.#readers);
    const pauses = this.#answers.map(({ longestPauseMs }) => longestPauseMs);
    return {
      figures: {
        answers: this.#answers.length,
        broken: this.#violations.length,
        ...figures,
        "taken over": this.#answers.reduce((sum, { takeovers }) => sum + takeovers, 0),
        reconnects: this.#answers.reduce((sum, { reconnects }) => sum + reconnects, 0),
        "longest pause, ms": Math.round(Math.max(...pauses)),
      },
      violations: this.#violations,
    };
  }

  async #read(reader: number): Promise<void> {
    let turn = 0;
    while (this.#isRunning) {
      const name = `reader-${reader}-${turn++}`;
      const requestId = this.#options.reconnects === true ? "1" : undefined; // a repeated POST attaches to its turn
      try {
        const answer = await ask(this.#system.url, name, { ...this.#options, ...(requestId && { requestId }) });
        this.#answers.push(answer);
        this.#violations.push(...faultsOf(answer, this.#whole, { of: name, whole: "undisturbed" }));
      } catch (error) {
        this.#violations.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(ms, resolve));
}
