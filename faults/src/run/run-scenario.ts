/** One scenario: each case by each client in turns, as often as asked, with a table at the end of each case. */

import { CLIENTS, type ClientName, isOurs } from "../clients/client.ts";
import { type ExchangesResult, exchangesText } from "../generated/exchanges.ts";
import { runInProcesses } from "../generated/in-processes.ts";
import { type Figures, figuresOf } from "../measure/figures.ts";
import { violations } from "../measure/oracles.ts";
import { pool, type RunData } from "../measure/run-data.ts";
import { type ClientFigures, toTable } from "../report.ts";
import type { Case, Scenario, Times } from "../scenario.ts";
import { runCase } from "./run-case.ts";

export interface RunOptions {
  readonly full: boolean;
  readonly repeats: number;
  /** Undefined: those of the scenario. */
  readonly clients: readonly ClientName[] | undefined;
  readonly seed: number;
  /** The clients of a light case at the same time, each with hosts of its own. Otherwise in turns. */
  readonly atOnce: boolean;
  readonly interruption: AbortSignal;
}

export interface ScenarioResult {
  readonly slug: string;
  readonly target: string;
  readonly cases: readonly {
    readonly name: string;
    readonly times: Times;
    readonly clients: Readonly<Record<string, Figures>>;
  }[];
  readonly generated: ExchangesResult | undefined;
  /** Broken oracles of our client, over either HTTP/2. */
  readonly violations: readonly string[];
}

/** Of one client. */
const MAX_PROCESSES_AT_ONCE = 8;

const FULL_TIMES: Times = { warmMs: 10_000, faultMs: 20_000, healMs: 40_000, endMs: 60_000 };

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<ScenarioResult> {
  const { slug, fault, target, cases, fullTimes = FULL_TIMES } = scenario;
  const clients = options.clients ?? scenario.clients ?? CLIENTS;
  console.log(`\n## ${slug}: ${fault}\ntarget: ${target}`);
  const results = [];
  const broken: string[] = [];
  for (const shortened of cases) {
    const one = options.full ? { ...shortened, times: fullTimes } : shortened;
    const rows = await runClients(one, clients, options);
    console.log(
      `\n${one.name}; ms until warm, fault, heal, end: ${Object.values(one.times).join(", ")}\n${toTable(one, rows)}`,
    );
    results.push({
      name: one.name,
      times: one.times,
      clients: Object.fromEntries(rows.map(({ client, figures }) => [client, figures])),
    });
    broken.push(
      ...rows.flatMap(({ client, broken: found }) =>
        isOurs(client) ? found.map((text) => `${one.name}, ${client}: ${text}`) : [],
      ),
    );
  }
  const generated = clients.some(isOurs) ? await runGenerated(scenario, options) : undefined;
  broken.push(...(generated?.violations ?? []));
  return { slug, target, cases: results, generated, violations: broken };
}

async function runGenerated(
  { generated }: Scenario,
  { seed, interruption }: RunOptions,
): Promise<ExchangesResult | undefined> {
  if (generated === undefined) return undefined;
  const result = await runInProcesses(generated.exchanges, seed, interruption);
  console.log(`\n${generated.name}\n${exchangesText(result)}`);
  return result;
}

interface Row extends ClientFigures {
  readonly broken: readonly string[];
}

/** Two cores carry the hosts of five clients with 200 or 300 calls a second each. More distorts what is measured. */
function isLight({ topology: { hosts, spare = 0, hostsPerProcess = 1 } }: Case): boolean {
  return hosts + spare <= MAX_PROCESSES_AT_ONCE * hostsPerProcess;
}

async function runClients(
  one: Case,
  clients: readonly ClientName[],
  { repeats, seed, atOnce, interruption }: RunOptions,
): Promise<readonly Row[]> {
  const runs = new Map<ClientName, RunData[]>(clients.map((client) => [client, []]));
  const run = async (client: ClientName, repeat: number): Promise<void> => {
    runs.get(client)?.push(await runCase(one, client, seed + repeat, interruption));
  };
  for (let repeat = 0; repeat < repeats; repeat++)
    if (atOnce && isLight(one)) await Promise.all(clients.map((client) => run(client, repeat)));
    else for (const client of clients) await run(client, repeat);
  return [...runs].map(([client, data]) => {
    const pooled = pool(data);
    const figures = figuresOf(pooled, one);
    return { client, figures, broken: violations(pooled, figures, one) };
  });
}
