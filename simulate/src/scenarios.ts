/** All scenarios, in the order of `all`. */

import type { Scenario } from "./scenario.ts";
import { slowHost } from "./scenarios/slow-host.ts";

export const SCENARIOS: readonly Scenario[] = [slowHost];

/** @throws Error when there is no such scenario. */
export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`expected the name of a scenario, got ${JSON.stringify(name)}`);
  return scenario;
}
