/**
 * Mistakes, each made in a committed state as Terraform would have written it, and the finding of the check that sees it. An
 * edit that changes nothing is an error: its test would pass for nothing.
 */

import { expect, test } from "vitest";
import { findingsOf } from "../checks/subject.ts";
import { type Json, type JsonObject, toText } from "../state/json.ts";
import { Region } from "../state/region.ts";
import { type Module, readStates, type State } from "../state/state.ts";

type Check = (region: Region) => readonly string[];
type Change = Json | ((old: Json) => Json) | undefined;

/** Changes resources of one module. */
export type Edit = (resources: Record<string, Json>) => void;

/** What is wrong, what makes it so, in which state when not in the default one, and what the check says. */
export type Mutation = readonly [
  mistake: string,
  check: Check,
  edits: Edit | readonly Edit[],
  finding: RegExp,
  state?: string,
];

const STATES = readStates();

/** A test for each: the state as it is has no finding, and has the expected one after the edits. */
export function testMutations(mutations: readonly Mutation[]): void {
  for (const [mistake, check, edits, finding, state = "default"] of mutations) {
    test(`${mistake} is found`, () => {
      expect(findingsAfter(check, [], state)).toBe("");
      expect(findingsAfter(check, edits, state)).toMatch(finding);
    });
  }
}

/** What a check says of a state after some edits, a line each. */
export function findingsAfter(check: Check, edits: Edit | readonly Edit[], state = "default"): string {
  const module = edited(stateOf(state).modules["region"] ?? {}, edits);
  return findingsOf(() => check(new Region(state, "region", module))).join("\n");
}

export function edited(module: Module, edits: Edit | readonly Edit[]): Module {
  const copy = structuredClone(module) as unknown as Record<string, Json>;
  for (const edit of [edits].flat()) edit(copy);
  return copy as unknown as Module;
}

/** @throws Error when there is none of that name */
export function stateOf(name: string): State {
  const state = STATES.get(name);
  if (state === undefined) throw new Error(`there is no infra/states/${name}.json`);
  return state;
}

/**
 * Changes what stands at a path in the values of a resource, or of all whose address begins with what stands before `*`.
 * Nothing as the value removes it.
 */
export function set(address: string, path: string, change?: Change): Edit {
  return (resources) => {
    for (const each of matching(address, resources))
      put(resources[each] as JsonObject, ["values", ...path.split(".")], change);
  };
}

/** For `set`: the same text with another one in the place of a part. */
export function replaced(from: string, to: string): (old: Json) => Json {
  return (old) => toText(old).replace(from, to);
}

/** Removes resources. */
export function remove(address: string): Edit {
  return (resources) => {
    for (const each of matching(address, resources)) delete resources[each];
  };
}

/** Adds a resource, as another one is but for some values. */
export function add(address: string, like: string, values: JsonObject): Edit {
  return (resources) => {
    const [model = ""] = matching(like, resources);
    const resource = structuredClone(resources[model]) as { values: JsonObject };
    resources[address] = { ...resource, values: { ...resource.values, ...values } };
  };
}

/** Takes a block out of what was there before some resources. */
export function forget(address: string, block: string): Edit {
  return (resources) => {
    for (const each of matching(address, resources)) {
      const after = (old: Json): Json => (old as readonly string[]).filter((name) => name !== block);
      put(resources[each] as JsonObject, ["after"], after);
    }
  };
}

/** Changes the container of a service's task. */
export function container(service: string, path: string, change?: Change): Edit {
  return set(`aws_ecs_task_definition.this["${service}"]`, `container_definitions.0.${path}`, change);
}

/** Sets a variable of a service's task, or takes it away. */
export function variable(service: string, name: string, value?: string): Edit {
  return container(service, "environment", (old) => listed(old, { name, value }, value !== undefined));
}

/** Gives a service's task a secret, or takes it away. */
export function secret(service: string, name: string, from?: string): Edit {
  return container(service, "secrets", (old) => listed(old, { name, valueFrom: from }, from !== undefined));
}

function listed(old: Json, entry: Readonly<Record<string, string | undefined>>, isThere: boolean): Json {
  const others = (old as readonly JsonObject[]).filter(({ name }) => name !== entry["name"]);
  return isThere ? [...others, entry as JsonObject] : others;
}

function matching(address: string, resources: Readonly<Record<string, Json>>): readonly string[] {
  const isAll = address.endsWith("*");
  const found = Object.keys(resources).filter((each) =>
    isAll ? each.startsWith(address.slice(0, -1)) : each === address,
  );
  if (found.length === 0) throw new Error(`the state has no ${address}`);
  return found;
}

export function put(object: JsonObject, path: readonly string[], change: Change): void {
  const [name = "", ...rest] = path;
  const parent = object as Record<string, Json>;
  if (rest.length > 0) {
    if (parent[name] === undefined) throw new Error(`there is no ${name} in ${JSON.stringify(object)}`);
    put(parent[name] as JsonObject, rest, change);
    return;
  }
  const old = parent[name];
  const value = typeof change === "function" ? change(old ?? null) : change;
  if (JSON.stringify(value) === JSON.stringify(old)) throw new Error(`${name} is ${JSON.stringify(old)} already`);
  if (value === undefined) delete parent[name];
  else parent[name] = value;
}
