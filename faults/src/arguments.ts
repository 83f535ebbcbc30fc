/** The arguments of `npm run faults`. */

import { parseArgs } from "node:util";
import { CLIENTS, type ClientName } from "./clients/client.ts";
import type { RunOptions } from "./run/run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { NOT_BUILT, SCENARIOS, SERVICES_SCENARIOS } from "./scenarios.ts";
import type { ServicesScenario } from "./services/scenario.ts";

export interface Arguments {
  readonly scenarios: readonly Scenario[];
  /** Of the services themselves: each is run alone. */
  readonly services: readonly ServicesScenario[];
  readonly json: boolean;
  readonly markdown: boolean;
  readonly options: Omit<RunOptions, "interruption">;
}

const FULL_REPEATS = "5";

const OPTIONS = {
  json: { type: "boolean" },
  markdown: { type: "boolean" },
  full: { type: "boolean" },
  repeats: { type: "string" },
  seed: { type: "string" },
  client: { type: "string", multiple: true },
  case: { type: "string" },
  "at-once": { type: "boolean" },
  "in-turns": { type: "boolean" },
} as const;

/** @throws Error of one line that names what was expected and what was given. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const services = SERVICES_SCENARIOS.filter(({ slug }) => positionals.length === 1 && slug === positionals[0]);
  const named = services.length > 0 ? [] : scenariosOf(positionals);
  const full = values.full === true;
  return {
    scenarios: values.case === undefined || services.length > 0 ? named : onlyCase(named, values.case),
    services: values.case === undefined ? services : services.map((one) => onlyServicesCase(one, values.case)),
    json: values.json === true,
    markdown: values.markdown === true,
    options: {
      full,
      repeats: wholeNumber("--repeats", values.repeats ?? (full ? FULL_REPEATS : "1")),
      seed: wholeNumber("--seed", values.seed ?? "1"),
      atOnce: (values["at-once"] ?? positionals[0] === "all") && values["in-turns"] !== true,
      clients: values.client === undefined ? undefined : clientsOf(values.client),
    },
  };
}

function scenariosOf(slugs: readonly string[]): readonly Scenario[] {
  const [slug = "", ...more] = slugs;
  const all = SCENARIOS.filter(({ isApart }) => isApart !== true);
  const found = slug === "all" ? all : SCENARIOS.filter((scenario) => scenario.slug === slug);
  if (more.length === 0 && found.length > 0) return found;
  const missing = Object.hasOwn(NOT_BUILT, slug) ? NOT_BUILT[slug] : undefined;
  if (more.length === 0 && missing !== undefined) throw new Error(`${slug} is not built yet: ${missing}`);
  const got = slugs.length === 0 ? "nothing" : slugs.map((name) => JSON.stringify(name)).join(" ");
  const known = [...SCENARIOS, ...SERVICES_SCENARIOS].map((scenario) => scenario.slug).join(", ");
  throw new Error(`expected one of all, ${known}; got ${got}`);
}

function onlyCase(scenarios: readonly Scenario[], name: string): readonly Scenario[] {
  const found = scenarios.flatMap((one) => {
    const cases = one.cases.filter((each) => each.name === name);
    const generated = one.generated?.name === name ? one.generated : undefined;
    return cases.length === 0 && generated === undefined ? [] : [{ ...one, cases, generated }];
  });
  if (found.length > 0) return found;
  throw unknownCase(
    scenarios.flatMap(({ cases, generated }) => [...cases, ...(generated ? [generated] : [])]),
    name,
  );
}

function onlyServicesCase(scenario: ServicesScenario, name: string | undefined): ServicesScenario {
  const cases = scenario.cases.filter((each) => each.name === name);
  if (cases.length === 0) throw unknownCase(scenario.cases, name);
  return { ...scenario, cases };
}

function unknownCase(cases: readonly { readonly name: string }[], given: string | undefined): Error {
  const expected = cases.map((each) => JSON.stringify(each.name)).join(" ");
  return new Error(`--case: expected one of ${expected}; got ${JSON.stringify(given)}`);
}

function clientsOf(names: readonly string[]): readonly ClientName[] {
  const unknown = names.find((name) => !CLIENTS.some((client) => client === name));
  if (unknown !== undefined)
    throw new Error(`--client: expected ${CLIENTS.join(", ")}; got ${JSON.stringify(unknown)}`);
  return CLIENTS.filter((client) => names.includes(client));
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000) return value;
  throw new Error(`${name}: expected a whole number from 1 to 1000, got ${JSON.stringify(text)}`);
}
