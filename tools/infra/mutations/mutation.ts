/**
 * Mutations: a mistake, made in a committed state as Terraform would have written it, and the finding of the check for it.
 * An edit that changes nothing is an error: its test could not fail.
 */

import { expect, test } from "vitest";
import { type Findings, findingsOf } from "../checks/findings.ts";
import { type Json, type JsonObject, toText } from "../state/json.ts";
import { Region } from "../state/region.ts";
import { type Module, readStates, type State } from "../state/state.ts";

type Check = (region: Region) => Findings;
type Change = Json | ((old: Json) => Json) | undefined;
type Resources = Record<string, { values: JsonObject; after?: Json }>;

/** Changes resources of one module. */
export type Edit = (resources: Resources) => void;

/** The state is the default one when none is named. */
export type Mutation = readonly [
  mistake: string,
  check: Check,
  edits: Edit | readonly Edit[],
  finding: RegExp,
  state?: string,
];

const STATES = readStates();

/** A test for each: the check has no finding in the committed state, and the expected one after the edits. */
export function testMutations(mutations: readonly Mutation[]): void {
  for (const [mistake, check, edits, finding, state] of mutations) {
    test(`finds ${mistake}`, () => {
      expect(findingsAfter(check, [], state)).toBe("");
      expect(findingsAfter(check, edits, state)).toMatch(finding);
    });
  }
}

/** The findings in a state after some edits, a line each. */
export function findingsAfter(check: Check, edits: Edit | readonly Edit[], state = "default"): string {
  const module = edited(stateOf(state).modules["region"] ?? {}, edits);
  return findingsOf(() => check(new Region(state, "region", module))).join("\n");
}

export function edited(module: Module, edits: Edit | readonly Edit[]): Module {
  const copy = structuredClone(module) as Resources;
  for (const edit of [edits].flat()) edit(copy);
  return copy as Module;
}

/** @throws Error when there is none of that name */
export function stateOf(name: string): State {
  const state = STATES.get(name);
  if (state === undefined) throw new Error(`there is no infra/states/${name}.json`);
  return state;
}

/** Changes the value at a path in a resource, or in all whose address begins with the text before `*`. Undefined removes it. */
export function set(address: string, path: string, change?: Change): Edit {
  return (resources) => {
    for (const each of matching(address, resources)) put(resources[each]?.values ?? {}, path.split("."), change);
  };
}

/** For `set`: replaces a part of the text. */
export function replaced(from: string, to: string): (old: Json) => Json {
  return (old) => toText(old).replace(from, to);
}

/** Removes resources. */
export function remove(address: string): Edit {
  return (resources) => {
    for (const each of matching(address, resources)) delete resources[each];
  };
}

/** Adds a resource, which differs from another one in some values. */
export function add(address: string, like: string, values: JsonObject): Edit {
  return (resources) => {
    const [model = ""] = matching(like, resources);
    resources[address] = { values: { ...resources[model]?.values, ...values } };
  };
}

/** Removes a block from those that were created before some resources. */
export function forget(address: string, block: string): Edit {
  return (resources) => {
    const change = (old: Json): Json => (old as readonly string[]).filter((name) => name !== block);
    for (const each of matching(address, resources)) put(resources[each] as JsonObject, ["after"], change);
  };
}

/** Changes the container of a service's task. */
export function container(service: string, path: string, change?: Change): Edit {
  return set(`aws_ecs_task_definition.this["${service}"]`, `container_definitions.0.${path}`, change);
}

/** Sets or removes a variable of a service's task. */
export function variable(service: string, name: string, value?: string): Edit {
  return container(service, "environment", (old) => listed(old, name, value === undefined ? [] : [{ name, value }]));
}

/** Sets or removes a secret of a service's task. */
export function secret(service: string, name: string, arn?: string): Edit {
  return container(service, "secrets", (old) => listed(old, name, arn === undefined ? [] : [{ name, valueFrom: arn }]));
}

function listed(old: Json, name: string, entries: readonly JsonObject[]): Json {
  return [...(old as readonly JsonObject[]).filter((each) => each["name"] !== name), ...entries];
}

function matching(address: string, resources: Resources): readonly string[] {
  const isMatch = (each: string): boolean =>
    address.endsWith("*") ? each.startsWith(address.slice(0, -1)) : each === address;
  const found = Object.keys(resources).filter(isMatch);
  if (found.length === 0) throw new Error(`the state has no ${address}`);
  return found;
}

export function put(object: JsonObject, path: readonly string[], change: Change): void {
  const [name = "", ...rest] = path;
  const parent = object as Record<string, Json>;
  const old = parent[name];
  if (rest.length > 0) {
    if (old === undefined) throw new Error(`there is no ${name} in ${JSON.stringify(object)}`);
    put(old as JsonObject, rest, change);
    return;
  }
  const value = typeof change === "function" ? change(old ?? null) : change;
  if (JSON.stringify(value) === JSON.stringify(old)) throw new Error(`${name} is ${JSON.stringify(old)} already`);
  if (value === undefined) delete parent[name];
  else parent[name] = value;
}
