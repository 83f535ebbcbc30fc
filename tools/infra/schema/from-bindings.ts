/**
 * A snapshot from `@cdktn/provider-aws`, whose declarations are generated from a provider's schema: for a version of the
 * provider that no mirror at hand holds. They tell every argument and block; how often a block may stand there only as
 * "once" or "any number of times", and nothing of deprecations.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Types } from "./compact.ts";
import type { BlockSchema, NestedSchema, Snapshot } from "./snapshot.ts";

const INTERFACE = /export interface (\w+)( extends cdktn\.TerraformMetaArguments)? \{([^]*?)\n\}/g;

/** The name that HCL has stands in the link of the comment. */
const MEMBER = /#(\w+) \w+#\w+\}(?:(?!#\w+ \w+#)[^])*?readonly (\w+)(\?)?: ([^;]+);/g;

const TYPES: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  "boolean | cdktn.IResolvable": "bool",
  "string[]": "list(string)",
  "number[]": "list(number)",
  "{ [key: string]: string; }": "map(string)",
};

/** @param folder the package, unpacked. @throws Error when it is something else, or lacks a type */
export function snapshotFromBindings(folder: string, types: Types): Snapshot {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    cdktn?: { provider: { version: string } };
  };
  if (manifest.cdktn === undefined) throw new Error(`${folder}: expected the unpacked package @cdktn/provider-aws`);
  const read = (prefix: string, names: readonly string[]): Record<string, BlockSchema> =>
    Object.fromEntries(
      names.map((name) => [
        name,
        readType(join(folder, "lib", `${prefix}${name.replace(/^aws_/, "").replaceAll("_", "-")}`, "index.d.ts")),
      ]),
    );
  return {
    version: manifest.cdktn.provider.version,
    resources: read("", types.resources),
    data: read("data-aws-", types.data),
  };
}

function readType(path: string): BlockSchema {
  const text = readFileSync(path, "utf8");
  const interfaces = new Map([...text.matchAll(INTERFACE)].map(([, name = "", , body = ""]) => [name, body]));
  const root = [...text.matchAll(INTERFACE)].find(([, , isRoot]) => isRoot !== undefined);
  if (root === undefined) throw new Error(`${path} declares no resource`);
  const schema = toSchema(root[3] ?? "", interfaces);
  return { ...schema, computed: computedIn(text, schema) };
}

function toSchema(body: string, interfaces: ReadonlyMap<string, string>): BlockSchema {
  const schema = {
    required: {} as Record<string, string>,
    optional: {} as Record<string, string>,
    blocks: {} as Record<string, NestedSchema>,
  };
  for (const [, name = "", , optional, declared = ""] of body.matchAll(MEMBER)) {
    const type = declared.replaceAll(/\s+/g, " ");
    const nested = interfaces.get(/^\w+/.exec(type)?.[0] ?? "");
    if (nested === undefined) schema[optional === undefined ? "required" : "optional"][name] = TYPES[type] ?? "object";
    else {
      const limits = { ...(optional === undefined && { min: 1 }), ...(!type.includes("[]") && { max: 1 }) };
      schema.blocks[name] = { ...limits, ...toSchema(nested, interfaces) };
    }
  }
  return Object.fromEntries(Object.entries(schema).filter(([, group]) => Object.keys(group).length > 0));
}

/** What the class of the resource gives and its arguments do not. */
function computedIn(text: string, { required, optional, blocks }: BlockSchema): Readonly<Record<string, string>> {
  const [, body = ""] =
    /export declare class \w+ extends cdktn\.Terraform(?:Resource|DataSource) \{([^]*?)\n\}/.exec(text) ?? [];
  const getters = [...body.matchAll(/get (\w+)\(\): ([^;]+);/g)].map(
    ([, name = "", type = ""]) => [toSnake(name), TYPES[type] ?? "object"] as const,
  );
  const written = { ...required, ...optional, ...blocks };
  return Object.fromEntries(getters.filter(([name]) => !(name in written) && !name.endsWith("_input")));
}

function toSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
