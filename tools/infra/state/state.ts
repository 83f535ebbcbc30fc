/** The states of infra/states, which Terraform made of our HCL with mocks instead of AWS. */

import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import type { Json, JsonObject } from "./json.ts";

export interface State {
  /** By name: `region`, `secondary[0]`; the root is "". */
  readonly modules: Readonly<Record<string, Module>>;
  readonly outputs: JsonObject;
}

/** Resources by their address within the module. */
export type Module = Readonly<Record<string, StateResource>>;

export interface StateResource {
  readonly values: JsonObject;
  /** Addresses of the resources that were created before it. */
  readonly after?: readonly string[];
}

/** A state as it is committed: whole, or as its difference from another one. */
export interface StateFile {
  /** SHA-256 of the HCL that it was made from. */
  readonly hcl: string;
  /** Version of the AWS provider that made it. */
  readonly provider: string;
  /** Name of the state that it differs from. */
  readonly base?: string;
  /** Null for a resource that the base has and this state has not. */
  readonly modules: Readonly<Record<string, Readonly<Record<string, StateResource | null>>>>;
  readonly outputs: Readonly<Record<string, Json>>;
}

/** The state of terraform.tfvars.example. */
export const DEFAULT = "default";

/** All committed states by name, each whole. */
export function readStates(infra = join(ROOT, "infra")): ReadonlyMap<string, State> {
  const files = readStateFiles(infra);
  const whole = (file: StateFile): State => {
    const base = files.get(file.base ?? "");
    return merge(file, base === undefined ? undefined : whole(base));
  };
  return new Map([...files].map(([name, file]) => [name, whole(file)]));
}

export function readStateFiles(infra: string): ReadonlyMap<string, StateFile> {
  const files = globSync("states/*.json", { cwd: infra }).toSorted();
  return new Map(
    files.map((file) => [basename(file, ".json"), JSON.parse(readFileSync(join(infra, file), "utf8")) as StateFile]),
  );
}

/** The resources and outputs of a state that differ from another one. */
export function difference(state: State, base: State): Pick<StateFile, "modules" | "outputs"> {
  const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  const modules = Object.entries({ ...base.modules, ...state.modules }).map(([name]) => {
    const [own, other] = [state.modules[name] ?? {}, base.modules[name] ?? {}];
    const addresses = [...new Set([...Object.keys(own), ...Object.keys(other)])].toSorted();
    const changed = addresses.filter((address) => !isSame(own[address], other[address]));
    return [name, Object.fromEntries(changed.map((address) => [address, own[address] ?? null]))] as const;
  });
  const outputs = Object.entries(state.outputs).filter(([name, value]) => !isSame(value, base.outputs[name]));
  return { modules: Object.fromEntries(modules), outputs: Object.fromEntries(outputs) };
}

/** The whole state of a file. */
export function merge(file: StateFile, base?: State): State {
  const names = new Set([...Object.keys(base?.modules ?? {}), ...Object.keys(file.modules)]);
  const modules = [...names].map((name): [string, Module] => {
    const entries = Object.entries({ ...base?.modules[name], ...file.modules[name] });
    return [name, Object.fromEntries(entries.filter(([, each]) => each !== null)) as Module];
  });
  return {
    modules: Object.fromEntries(modules.filter(([, module]) => Object.keys(module).length > 0)),
    outputs: { ...base?.outputs, ...file.outputs },
  };
}
