/** What the checks look at: the committed states, and the text of the HCL where only that shows something. */

import { type Region, regionOf, regionsOf } from "../state/region.ts";
import { DEFAULT, readStates, type State } from "../state/state.ts";
import { type HclText, readHcl } from "./hcl-text.ts";

export interface Subject {
  /** Where `infra/` is. */
  readonly infra: string;
  readonly states: ReadonlyMap<string, State>;
  readonly hcl: HclText;
}

export function readSubject(infra: string): Subject {
  return { infra, states: readStates(infra), hcl: readHcl(infra) };
}

/** The region of the example's values, as it is committed. */
export function defaultRegion(): Region {
  const state = readStates().get(DEFAULT);
  if (state === undefined) throw new Error(`there is no infra/states/${DEFAULT}.json: npm run infra:state`);
  return regionOf(DEFAULT, state);
}

/** What a check finds in any region of any state: each finding once, with the states that have it. */
export function inEachRegion(check: (region: Region) => readonly string[]): (subject: Subject) => readonly string[] {
  return inEachState((name, state) => regionsOf(name, state).flatMap(check));
}

export function inEachState(
  check: (name: string, state: State) => readonly string[],
): (subject: Subject) => readonly string[] {
  return ({ states }) => {
    const found = [...states].flatMap(([name, state]) =>
      findingsOf(() => check(name, state)).map((finding) => ({ name, finding })),
    );
    return [...Map.groupBy(found, ({ finding }) => finding)].map(([finding, each]) => {
      const names = [...new Set(each.map(({ name }) => name))];
      return names.length === states.size ? finding : `${finding} (in the state ${names.join(", ")})`;
    });
  };
}

/** What a check finds; that it cannot read the state is a finding, too. */
export function findingsOf(check: () => readonly string[]): readonly string[] {
  try {
    return check();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
