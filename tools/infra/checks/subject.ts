/** The input of all checks: the committed states, and the text of the HCL for what no state shows. */

import { type Region, regionsOf } from "../state/region.ts";
import { DEFAULT, readStates, type State } from "../state/state.ts";
import { type Findings, findingsOf } from "./findings.ts";
import { type HclText, readHcl } from "./hcl-text.ts";

export interface Subject {
  /** Path of `infra/`. */
  readonly infra: string;
  readonly states: ReadonlyMap<string, State>;
  readonly hcl: HclText;
}

export function readSubject(infra: string): Subject {
  return { infra, states: readStates(infra), hcl: readHcl(infra) };
}

/** The region that terraform.tfvars.example makes, from its committed state. */
export function defaultRegion(): Region {
  const state = readStates().get(DEFAULT);
  if (state === undefined) throw new Error(`there is no infra/states/${DEFAULT}.json: npm run infra:state`);
  return regionsOf(DEFAULT, state)[0];
}

/** Findings in every region of every state: each finding once, with the names of the states that have it. */
export function inEachRegion(check: (region: Region) => Findings): (subject: Subject) => Findings {
  return inEachState((name, state) => regionsOf(name, state).flatMap((region) => [...check(region)]));
}

export function inEachState(check: (name: string, state: State) => Findings): (subject: Subject) => Findings {
  return ({ states }) => {
    const found = [...states].flatMap(([name, state]) =>
      findingsOf(() => check(name, state)).map((finding) => ({ name, finding })),
    );
    return [...Map.groupBy(found, ({ finding }) => finding)].map(([finding, each]) =>
      each.length === states.size ? finding : `${finding} (in the state ${each.map(({ name }) => name).join(", ")})`,
    );
  };
}
