/**
 * `npm run faults -- SLUG|all [OPTIONS]`: one scenario or all of them, for five clients. README.md has the options.
 * Exit 0: measured, also where a target is missed. 1: our client broke an oracle, or a run failed. 2: no such scenario or
 * option, or not built yet. Nothing is left running, also after Ctrl-C.
 */

import { type Arguments, parseArguments } from "./arguments.ts";
import { CLIENTS } from "./clients/client.ts";
import { configurations } from "./clients/clients.ts";
import { toMarkdown } from "./markdown.ts";
import { interruptionSignal } from "./process/interruption.ts";
import { runScenario } from "./run/run-scenario.ts";
import { runServices } from "./services/run-services.ts";

/** As a shell says it of a program that SIGINT has ended. */
const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  let parsed: Arguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    console.error(`npm run faults -- SLUG|all [OPTIONS]: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
  const interruption = interruptionSignal();
  try {
    return await measure(parsed, interruption);
  } catch (error) {
    if (!interruption.aborted) console.error(error);
    return interruption.aborted ? INTERRUPTED : 1;
  }
}

async function measure(parsed: Arguments, interruption: AbortSignal): Promise<number> {
  const { scenarios, services, json, markdown, options } = parsed;
  if (services.length > 0) return await measureServices(parsed, interruption);
  await printHead(parsed);
  const results = [];
  for (const scenario of scenarios) results.push(await runScenario(scenario, { ...options, interruption }));
  if (markdown) console.log(`\n${toMarkdown(results)}`);
  if (json) console.log(JSON.stringify({ node: process.version, scenarios: results }));
  return report(results);
}

async function measureServices({ services, json, options }: Arguments, interruption: AbortSignal): Promise<number> {
  const results = [];
  for (const scenario of services) results.push(await runServices(scenario, { full: options.full, interruption }));
  if (json) console.log(JSON.stringify({ node: process.version, scenarios: results }));
  return report(results);
}

/** The exit code. */
function report(results: readonly { readonly slug: string; readonly violations: readonly string[] }[]): number {
  const broken = results.flatMap(({ slug, violations }) => violations.map((violation) => `${slug}: ${violation}`));
  for (const violation of broken) console.error(`ORACLE ${violation}`);
  return broken.length > 0 ? 1 : 0;
}

async function printHead({ scenarios, options }: Arguments): Promise<void> {
  const times = options.full ? "full times" : "shortened times";
  const how = options.atOnce ? "clients at the same time" : "clients in turns";
  console.log(
    `${scenarios.length} scenarios, ${times}, repeats ${options.repeats}, seed ${options.seed}, ${how}, Node ${process.version}`,
  );
  const given = await configurations();
  for (const client of CLIENTS) console.log(`${client}: ${JSON.stringify(given[client])}`);
}

const code = await main(process.argv.slice(2));
// What was under way when the run was interrupted may wait for minutes.
if (code === INTERRUPTED) process.exit(code);
process.exitCode = code;
