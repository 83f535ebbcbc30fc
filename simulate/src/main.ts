/**
 * `npm run simulate -- NAME|all [--json] [--seeds N] [--sharing]`: scenarios of balancing in virtual time, the policies of other clients
 * beside ours. With `--json` the last line is one object. The same arguments give the same figures. Exit 0: simulated. 1: a run
 * failed. 2: no such scenario or option.
 */

import { parseArgs } from "node:util";
import { jobsOf, type ScenarioResult, summarize } from "./experiment.ts";
import { CAVEATS, toJson, toTable } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { runOnThreads } from "./threads.ts";

interface Arguments {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
  readonly isJson: boolean;
  readonly isSharing: boolean;
  /** At most so many seeds. */
  readonly maxSeeds: number;
}

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    console.error(`npm run simulate -- NAME|all [--json] [--seeds N] [--sharing]: ${parsed}`);
    return 2;
  }
  const results: ScenarioResult[] = [];
  for (const line of CAVEATS) console.log(line);
  for (const scenario of parsed.scenarios) {
    const result = await simulate(scenario, parsed);
    results.push(result);
    console.log(`\n${toTable(result)}`);
  }
  if (parsed.isJson) console.log(toJson(parsed.name, results));
  return 0;
}

async function simulate(scenario: Scenario, { maxSeeds, isSharing }: Arguments): Promise<ScenarioResult> {
  const seeds = Math.min(maxSeeds, scenario.seeds);
  const jobs = jobsOf(scenario, seeds, isSharing);
  const runs = await runOnThreads(jobs, (done) => showProgress(`${scenario.name}: ${done} of ${jobs.length} runs`));
  showProgress("");
  return summarize(scenario, seeds, runs);
}

/** The arguments, or what is wrong with them. */
function parse(args: readonly string[]): Arguments | string {
  try {
    const options = { json: { type: "boolean" }, seeds: { type: "string" }, sharing: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [name = ""] = positionals;
    const scenarios = name === "all" ? SCENARIOS : SCENARIOS.filter((scenario) => scenario.name === name);
    if (scenarios.length === 0 || positionals.length > 1)
      return `expected all or one of ${SCENARIOS.map((scenario) => scenario.name).join(", ")}; got ${quote(positionals)}`;
    const maxSeeds = Number(values.seeds ?? Number.POSITIVE_INFINITY);
    if (!(maxSeeds >= 1) || (values.seeds !== undefined && !Number.isInteger(maxSeeds)))
      return `--seeds: expected a whole number from 1, got "${values.seeds}"`;
    return { name, scenarios, isJson: values.json === true, isSharing: values.sharing === true, maxSeeds };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function quote(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((name) => `"${name}"`).join(" ");
}

/** One line that is written over, on a terminal only. */
function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

process.exitCode = await main(process.argv.slice(2));
