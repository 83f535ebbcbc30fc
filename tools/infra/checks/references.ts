/** Every name that an expression uses exists, and every variable, local and input is used. */

import { addressOf, type Block, blocksOfKind, type Configuration, type Json, textOf } from "../plan/configuration.ts";
import { pathsIn } from "../plan/uses.ts";
import { type BlockSchema, typeOf } from "../schema/snapshot.ts";
import { placeOf, type Subject } from "./subject.ts";

export function checkReferences(subject: Subject): readonly string[] {
  return [...subject.configurations].flatMap(([folder, configuration]) => {
    const used = usesOf(configuration);
    const wrong = used.flatMap(({ path, place }) => {
      const problem = problemOf(path, configuration, subject);
      return problem === undefined ? [] : [`${folder === "" ? "" : `${folder}/`}${place}: ${problem}`];
    });
    // A variable's own validation is no use of it.
    const byOthers = used.filter(({ path, place }) => !place.endsWith(`: var.${path[1]}`));
    const names = new Set(byOthers.map(({ path }) => path.slice(0, 2).join(".")));
    return [...new Set([...wrong, ...unused(folder, configuration, names)])];
  });
}

interface Use {
  /** `["var", "name"]`, `["aws_lb", "grpc", "dns_name"]`. */
  readonly path: readonly string[];
  readonly place: string;
}

function usesOf(configuration: Configuration): readonly Use[] {
  const blocks = configuration.blocks.map(({ body, ...block }) => ({
    place: `${block.file}: ${addressOf(block)}`,
    json: body as Json,
  }));
  return [...blocks, { place: "locals", json: configuration.locals as Json }].flatMap(({ place, json }) =>
    pathsIn(json).map((path) => ({ path, place })),
  );
}

function problemOf(path: readonly string[], configuration: Configuration, subject: Subject): string | undefined {
  const [root = "", name = "", attribute] = path;
  const has = (kind: string, type: string, label: string): boolean =>
    blocksOfKind(configuration, kind).some((block) => block.type === type && block.name === label);
  if (root === "var") return has("variable", "", name) ? undefined : `there is no variable "${name}"`;
  if (root === "local") return Object.hasOwn(configuration.locals, name) ? undefined : `there is no local.${name}`;
  if (root === "module") return moduleProblem(name, attribute, configuration, subject);
  if (root === "data") return dataProblem(path, configuration, subject);
  if (!root.startsWith("aws_")) return undefined;
  if (!has("resource", root, name)) return `there is no ${root}.${name}`;
  return attributeProblem(
    path.join("."),
    attribute,
    subject.snapshots.map(({ resources }) => resources[root]),
  );
}

function dataProblem(
  [, type = "", name = "", attribute]: readonly string[],
  configuration: Configuration,
  subject: Subject,
): string | undefined {
  if (name === "") return undefined; // the shorter half of a longer reference
  const exists = blocksOfKind(configuration, "data").some((block) => block.type === type && block.name === name);
  if (!exists) return `there is no data.${type}.${name}`;
  return attributeProblem(
    `data.${type}.${name}.${attribute}`,
    attribute,
    subject.snapshots.map(({ data }) => data[type]),
  );
}

function attributeProblem(
  path: string,
  attribute: string | undefined,
  schemas: readonly (BlockSchema | undefined)[],
): string | undefined {
  if (attribute === undefined) return undefined;
  const isThere = schemas.every(
    (schema) =>
      schema === undefined || schema.blocks?.[attribute] !== undefined || typeOf(schema, attribute) !== undefined,
  );
  return isThere ? undefined : `${path}: the provider tells no "${attribute}"`;
}

function moduleProblem(
  name: string,
  output: string | undefined,
  configuration: Configuration,
  subject: Subject,
): string | undefined {
  const call = blocksOfKind(configuration, "module").find((block) => block.name === name);
  if (call === undefined) return `there is no module "${name}"`;
  if (output === undefined) return undefined;
  const called = subject.configurations.get(folderOf(call));
  const exists = called !== undefined && blocksOfKind(called, "output").some((block) => block.name === output);
  return exists ? undefined : `module.${name} has no output "${output}"`;
}

/** Declared and never used: the mark of a half-done change. */
function unused(folder: string, configuration: Configuration, used: ReadonlySet<string>): readonly string[] {
  const variables = blocksOfKind(configuration, "variable").filter(({ name }) => !used.has(`var.${name}`));
  const locals = Object.keys(configuration.locals).filter((name) => !used.has(`local.${name}`));
  return [
    ...variables.map((block) => `${placeOf(folder, block)}: nothing uses it`),
    ...locals.map((name) => `${folder === "" ? "infra" : folder}: nothing uses local.${name}`),
  ];
}

/** Folder below `infra/` that a `module` block calls. */
export function folderOf(call: Block): string {
  return textOf(call.body["source"]).replace(/^\.\//, "");
}
