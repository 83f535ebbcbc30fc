/** Plays a scenario of the services over each store, and prints a line for each case. */

import { systemClock } from "@agent-team/foundation/clock";
import { unlessAborted } from "../process/interruption.ts";
import type { CaseOptions, Measured, ServicesScenario } from "./scenario.ts";
import { STORES, type Store, System, whyNot } from "./system.ts";

export interface ServicesResult {
  readonly slug: string;
  readonly cases: readonly (Measured & {
    readonly store: Store;
    readonly name: string;
    readonly target: string;
    readonly seconds: number;
  })[];
  readonly violations: readonly string[];
}

export async function runServices(
  { slug, fault, cases }: ServicesScenario,
  options: CaseOptions,
): Promise<ServicesResult> {
  console.log(`\n## ${slug}: ${fault}`);
  const results: ServicesResult["cases"][number][] = [];
  for (const store of STORES.filter((each) => isHere(each))) {
    for (const { name, target, topology, run } of cases.filter((each) => (each.store ?? store) === store)) {
      const startedMs = systemClock.now();
      await using system = await System.start(store, topology, options.interruption);
      const measured = await unlessAborted(options.interruption, run(system, options));
      const seconds = Math.round((systemClock.now() - startedMs) / 1_000);
      results.push({ store, name, target, seconds, ...measured });
      console.log(`\n${store}: ${name} (${seconds} s)\ntarget: ${target}\n${textOf(measured)}`);
    }
  }
  const violations = results.flatMap((result) =>
    result.violations.map((violation) => `${result.store}: ${result.name}: ${violation}`),
  );
  return { slug, cases: results, violations };
}

function isHere(store: Store): boolean {
  const why = whyNot(store);
  if (why !== undefined) console.error(`SKIPPED ${store}: ${why}`);
  return why === undefined;
}

function textOf({ figures, violations }: Measured): string {
  const parts = Object.entries(figures).map(([name, value]) => `${name}: ${value}`);
  return [...parts, `violations: ${violations.length}`].join(" · ");
}
