/**
 * `npm run faults -- SLUG|all [--json] [--full] [--repeats N] [--seed N] [--client NAME]… [--case NAME]`: one scenario or all of them, four clients in turns.
 * `--json`: the last line is one object with the figures. `--full`: 10 s without a fault, then until 20, 40 and 60 s, and
 * five repeats. `--client`, `--case`: only these. Exit 0: measured, also where a target is missed. 1: our client broke an oracle, or a run failed.
 * 2: no such scenario or option, or not built yet. Nothing is left running, after Ctrl-C neither.
 */

import { parseArgs } from "node:util";
import { CLIENTS, type ClientName } from "./clients/client.ts";
import { configurations } from "./clients/clients.ts";
import { interruptionSignal } from "./process/interruption.ts";
import { type RunOptions, runScenario } from "./run/run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { NOT_BUILT, SCENARIOS } from "./scenarios.ts";

/** As a shell says it of a program that SIGINT has ended. */
const INTERRUPTED = 130;

const interruption = interruptionSignal();

interface Parsed {
  readonly scenarios: readonly Scenario[];
  readonly json: boolean;
  readonly options: RunOptions;
}

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    console.error(
      `npm run faults -- SLUG|all [--json] [--full] [--repeats N] [--seed N] [--client NAME]… [--case NAME]: ${parsed}`,
    );
    return 2;
  }
  await printHead(parsed);
  const results = [];
  for (const scenario of parsed.scenarios) results.push(await runScenario(scenario, parsed.options));
  if (parsed.json) console.log(JSON.stringify({ node: process.version, scenarios: results }));
  const broken = results.flatMap(({ slug, violations }) => violations.map((violation) => `${slug}: ${violation}`));
  for (const violation of broken) console.error(`ORACLE ${violation}`);
  return broken.length > 0 ? 1 : 0;
}

function parse(args: readonly string[]): Parsed | string {
  const options = {
    json: { type: "boolean" },
    full: { type: "boolean" },
    repeats: { type: "string" },
    seed: { type: "string" },
    client: { type: "string", multiple: true },
    case: { type: "string" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [slug = "", ...more] = positionals;
    const named = slug === "all" ? SCENARIOS : SCENARIOS.filter((scenario) => scenario.slug === slug);
    const scenarios = values.case === undefined ? named : onlyCase(named, values.case);
    if (more.length > 0 || scenarios.length === 0) return refusal(positionals);
    const full = values.full === true;
    const repeats = wholeNumber("--repeats", values.repeats ?? (full ? "5" : "1"));
    const seed = wholeNumber("--seed", values.seed ?? "1");
    return {
      scenarios,
      json: values.json === true,
      options: { full, repeats, seed, clients: clientsOf(values.client), interruption },
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refusal(positionals: readonly string[]): string {
  const [slug = ""] = positionals;
  const reason = Object.hasOwn(NOT_BUILT, slug) ? NOT_BUILT[slug] : undefined;
  if (positionals.length === 1 && reason !== undefined) return `${slug} is not built yet: ${reason}`;
  const got = positionals.length === 0 ? "nothing" : positionals.map((name) => JSON.stringify(name)).join(" ");
  return `expected one of all, ${SCENARIOS.map((scenario) => scenario.slug).join(", ")}; got ${got}`;
}

/** @throws Error that names the cases when none has this name. */
function onlyCase(scenarios: readonly Scenario[], name: string): readonly Scenario[] {
  const found = scenarios.map((one) => ({ ...one, cases: one.cases.filter((each) => each.name === name) }));
  const names = scenarios.flatMap(({ cases }) => cases.map((each) => each.name));
  if (found.every(({ cases }) => cases.length === 0)) throw new Error(`--case: expected one of ${names.join("; ")}`);
  return found.filter(({ cases }) => cases.length > 0);
}

function clientsOf(names: readonly string[] | undefined): readonly ClientName[] {
  const unknown = names?.find((name) => !CLIENTS.some((client) => client === name));
  if (unknown !== undefined)
    throw new Error(`--client: expected ${CLIENTS.join(", ")}; got ${JSON.stringify(unknown)}`);
  return CLIENTS.filter((client) => names === undefined || names.includes(client));
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new Error(`${name}: expected a whole number from 1 to 1000000, got ${JSON.stringify(text)}`);
}

async function printHead({ scenarios, options }: Parsed): Promise<void> {
  const times = options.full ? "the full times" : "shortened times";
  console.log(
    `${scenarios.length} scenarios, ${times}, repeats: ${options.repeats}, seed ${options.seed}, Node ${process.version}`,
  );
  const given = await configurations();
  for (const client of options.clients) console.log(`${client}: ${JSON.stringify(given[client])}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = interruption.aborted ? INTERRUPTED : 1;
}
