/** One scenario: each case by each client in turns, as often as asked, with a table at the end of each case. */

import type { ClientName } from "../clients/client.ts";
import { type Figures, figuresOf } from "../measure/figures.ts";
import { violations } from "../measure/oracles.ts";
import { pool, type RunData } from "../measure/run-data.ts";
import { type ClientFigures, toTable } from "../report.ts";
import type { Case, Scenario, Times } from "../scenario.ts";
import { runCase } from "./run-case.ts";

export interface RunOptions {
  readonly full: boolean;
  readonly repeats: number;
  readonly clients: readonly ClientName[];
  readonly seed: number;
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
  /** Broken oracles of our client. */
  readonly violations: readonly string[];
}

const FULL_TIMES: Times = { warmMs: 10_000, faultMs: 20_000, healMs: 40_000, endMs: 60_000 };

export async function runScenario(
  { slug, fault, target, cases }: Scenario,
  options: RunOptions,
): Promise<ScenarioResult> {
  console.log(`\n## ${slug}: ${fault}\ntarget: ${target}`);
  const results = [];
  const broken: string[] = [];
  for (const shortened of cases) {
    const one = options.full ? { ...shortened, times: FULL_TIMES } : shortened;
    const rows = await runClients(one, options);
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
        client === "ours" ? found.map((text) => `${one.name}: ${text}`) : [],
      ),
    );
  }
  return { slug, target, cases: results, violations: broken };
}

interface Row extends ClientFigures {
  readonly broken: readonly string[];
}

async function runClients(one: Case, { repeats, seed, clients, interruption }: RunOptions): Promise<readonly Row[]> {
  const runs = new Map<ClientName, RunData[]>(clients.map((client) => [client, []]));
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const [client, data] of runs) data.push(await runCase(one, client, seed + repeat, interruption));
  return [...runs].map(([client, data]) => {
    const pooled = pool(data);
    const figures = figuresOf(pooled, one);
    return { client, figures, broken: violations(pooled, figures) };
  });
}
