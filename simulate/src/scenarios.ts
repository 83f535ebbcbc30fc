/** All scenarios, in the order of `all`. */

import type { Scenario } from "./scenario.ts";
import { dnsSubset } from "./scenarios/dns-subset.ts";
import { equalHosts, scatteredTimes } from "./scenarios/equal-hosts.ts";
import { failing, failingBusy, failingPair, lowLoad, panic } from "./scenarios/failing.ts";
import { allErrors, flapping, randomErrors } from "./scenarios/failing-for-a-time.ts";
import { scaleOut, slowStart } from "./scenarios/joining.ts";
import { slowHost, slowHostSharing } from "./scenarios/slow-host.ts";
import { slowOfThree, slowOfThreeBusy } from "./scenarios/slow-of-three.ts";
import { equalStreams, slowStreams } from "./scenarios/streams.ts";
import { thousand } from "./scenarios/thousand.ts";
import { zones } from "./scenarios/zones.ts";

export const SCENARIOS: readonly Scenario[] = [
  slowHost,
  slowHostSharing,
  slowOfThree,
  slowOfThreeBusy,
  slowStreams,
  equalStreams,
  equalHosts,
  scatteredTimes,
  failing,
  failingBusy,
  failingPair,
  lowLoad,
  panic,
  allErrors,
  flapping,
  randomErrors,
  slowStart,
  scaleOut,
  zones,
  thousand,
  dnsSubset,
];

/** @throws Error when there is no such scenario. */
export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`expected the name of a scenario, got ${JSON.stringify(name)}`);
  return scenario;
}
