/**
 * Makes a state to commit from the output of `terraform test -json -verbose`. Schemas, null, empty values, tags, and mocked
 * values that no other resource uses are removed. Other mocked values become the address of their attribute:
 * `aws_security_group.this["alb"].id`. JSON in texts becomes JSON.
 */

import { isObject, type Json, type JsonObject, mapTexts } from "./json.ts";
import type { Module, State, StateResource } from "./state.ts";

/** The part of Terraform's output that is read here. */
export interface TestState {
  readonly outputs?: Readonly<Record<string, { readonly value: Json }>>;
  readonly root_module: PrintedModule;
}

interface PrintedModule {
  readonly address?: string;
  readonly resources?: readonly PrintedResource[];
  readonly child_modules?: readonly PrintedModule[];
}

interface PrintedResource {
  readonly address: string;
  readonly mode: "managed" | "data";
  readonly values: JsonObject;
  readonly depends_on?: readonly string[];
}

/** Terraform mocks texts with eight letters and digits; infra/states mocks the ARNs. */
const MOCKED = /\barn:aws:[\w-]+:[\w-]*:\d+:[\w/-]*mock-[\w/-]+|(?<![\w.-])[a-z\d]{8}(?![\w-])/g;
const ORIGIN = /\baws_\w+\.\w+(?:\[.*?\])?\.\w/;
const WHOLE_ORIGIN = /^(?:module\.\S+\.)?aws_\w+\.\w+\S*$/;
const NO_UUID = "00000000-0000-0000-0000-000000000000";
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;

/** Arguments without an effect on the checks, which would be half of each file. */
const NOISE: ReadonlySet<string> = new Set(["tags", "tags_all", "timeouts"]);

/** The resources with a checked order of creation. */
const ORDERED = /aws_(?:ecs_service|lb|nat_gateway)\.\w+/;

/** @param hcl the text of all HCL: a word in it is not a mocked value */
export function prune(printed: TestState, hcl: string): State {
  const modules = modulesIn(printed.root_module);
  const origins = originsOf(
    modules.flatMap(({ resources = [] }) => resources),
    hcl,
  );
  return {
    modules: Object.fromEntries(
      modules.map((module) => [nameOf(module), pruneModule(module, origins)]).filter(([, it]) => it !== undefined),
    ),
    outputs: Object.fromEntries(
      Object.entries(printed.outputs ?? {}).map(([name, { value }]) => [name, withOrigins(value, origins) ?? ""]),
    ),
  };
}

function modulesIn(module: PrintedModule): readonly PrintedModule[] {
  return [module, ...(module.child_modules ?? []).flatMap(modulesIn)];
}

/** `region`, `secondary[0]`; the root is "". */
function nameOf({ address = "" }: PrintedModule): string {
  return address.replace(/^module\./, "");
}

interface Origins {
  readonly hcl: string;
  readonly of: ReadonlyMap<string, string>;
}

/** The attribute of each mocked value. `id` and `arn` come first, because other attributes may refer to them. */
function originsOf(resources: readonly PrintedResource[], hcl: string): Origins {
  const entries = resources.flatMap(({ address, values }) =>
    Object.entries(values).map(([name, value]) => ({ name, origin: `${address}.${name}`, value })),
  );
  const isIdentity = ({ name }: { readonly name: string }): boolean => name === "id" || name === "arn";
  const origins = new Map<string, string>();
  for (const { origin, value } of [...entries.filter(isIdentity), ...entries]) {
    if (typeof value === "string" && isMocked(value, hcl) && !origins.has(value)) origins.set(value, origin);
  }
  return { hcl, of: origins };
}

function isMocked(value: string, hcl: string): boolean {
  return value !== "" && value.replace(MOCKED, "") === "" && (value.startsWith("arn:") || !hcl.includes(`"${value}"`));
}

function pruneModule(module: PrintedModule, origins: Origins): Module | undefined {
  const prefix = module.address === undefined ? "" : `${module.address}.`;
  const blocks = prefix.replace(/\[\d+\]/, ""); // depends_on names blocks, not their instances
  const managed = (module.resources ?? []).filter(({ mode }) => mode === "managed");
  if (managed.length === 0) return undefined;
  const entries = managed
    .map(({ address, values, depends_on: after = [] }): [string, StateResource] => [
      address.slice(prefix.length),
      {
        values: pruneValues(values, address, origins),
        ...(ORDERED.test(address) && { after: after.filter((each) => !each.includes("data.")).toSorted() }),
      },
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  // Within its module a resource has the shorter address.
  return mapTexts(Object.fromEntries(entries) as unknown as Json, (text) =>
    prefix === "" ? text : text.replaceAll(prefix, "").replaceAll(blocks, ""),
  ) as unknown as Module;
}

function pruneValues(values: JsonObject, address: string, origins: Origins): JsonObject {
  const kept = Object.entries(values)
    .filter(([name]) => !NOISE.has(name))
    .flatMap(([name, value]): [string, Json][] => {
      // Mocked for this attribute: the resources that use it name its origin.
      if (typeof value === "string" && origins.of.get(value) === `${address}.${name}`) return [];
      const pruned = withOrigins(value, origins);
      return pruned === undefined ? [] : [[name, pruned]];
    });
  return Object.fromEntries(kept);
}

/** Undefined for an empty value. */
function withOrigins(value: Json, origins: Origins): Json | undefined {
  const replaced = mapTexts(mapTexts(value, parsed), (text) => {
    // Mocked within a block: nothing can refer to it.
    if (isMocked(text, origins.hcl) && !origins.of.has(text)) return null;
    const known = text.replace(MOCKED, (word) => origins.of.get(word) ?? word).replace(UUID, NO_UUID);
    return known.split(" ").every(isOrigin) ? known.split(" ").toSorted().join(" ") : known;
  });
  return withoutEmpty(replaced);
}

function isOrigin(value: Json): boolean {
  return typeof value === "string" && WHOLE_ORIGIN.test(value);
}

function parsed(text: string): Json {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text; // a filter pattern begins like JSON
  }
}

function withoutEmpty(value: Json): Json | undefined {
  if (value === null || value === "") return undefined;
  if (Array.isArray(value)) {
    const kept = value.map((each: Json) => withoutEmpty(each)).filter((each) => each !== undefined);
    // Terraform sorts a set by its mocked values, which differ each time.
    if (
      kept.length > 0 &&
      kept.every((each) => isOrigin(each) || (isObject(each) && ORIGIN.test(JSON.stringify(each))))
    )
      return kept.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .map(([name, each]) => [name, withoutEmpty(each)] as const)
    .filter(([, each]) => each !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as JsonObject);
}
