import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { toSnapshot } from "./compact.ts";
import { conform } from "./conformance.ts";
import { snapshotFromBindings } from "./from-bindings.ts";
import type { BlockSchema } from "./snapshot.ts";

const schema: BlockSchema = {
  required: { name: "string" },
  optional: { port: "number", subnets: "set(string)", tags: "map(string)", vpc: "bool" },
  computed: { arn: "string" },
  deprecated: ["vpc"],
  blocks: { health_check: { max: 1, required: { path: "string" } }, rule: { min: 1, optional: { port: "number" } } },
};
const rule = [{ port: 80 }];

test.each<[what: string, body: Parameters<typeof conform>[0], finding: string | undefined]>([
  ["what is right", { name: "a", port: "8080", subnets: ["${var.a}"], rule, count: 2, lifecycle: [{}] }, undefined],
  [
    "an expression, whatever its type will be,",
    { name: "a", port: "${var.port}", subnets: "${var.subnets}", rule },
    undefined,
  ],
  ["a required argument that is missing", { rule }, "name is required"],
  ["an argument that does not exist", { name: "a", rule, nmae: 1 }, "nmae is not an argument"],
  ["an argument that AWS alone tells", { name: "a", rule, arn: "x" }, "arn is told by AWS, it cannot be set"],
  ["a deprecated argument", { name: "a", rule, vpc: true }, "vpc is deprecated"],
  ["a text for a number", { name: "a", rule, port: "http" }, 'port is "http", expected number'],
  ["a text for a list", { name: "a", rule, subnets: "a" }, 'subnets is "a", expected set(string)'],
  ["a block that is missing", { name: "a" }, "rule is required"],
  [
    "a block too many",
    { name: "a", rule, health_check: [{ path: "/" }, { path: "/b" }] },
    "health_check may stand there 1 times, not 2",
  ],
  ["a mistake within a block", { name: "a", rule, health_check: [{}] }, "health_check.path is required"],
  [
    "a mistake within a generated block",
    { name: "a", dynamic: { rule: [{ for_each: "${var.a}", content: [{ prot: 1 }] }] } },
    "rule.prot is not an argument",
  ],
])("%s is judged", (_, body, finding) => {
  expect(conform(body, schema)).toEqual(finding === undefined ? [] : [finding]);
});

test("of a provider's schema only what the check asks for is kept", () => {
  const block = {
    attributes: {
      name: { type: "string", required: true },
      ids: { type: ["list", "string"] as const, optional: true, deprecated: true },
      arn: { type: "string" },
    },
    block_types: { rule: { block: { attributes: { port: { type: "number", optional: true } } }, min_items: 1 } },
  };
  const provider = { resource_schemas: { aws_a: { block }, aws_b: { block } }, data_source_schemas: {} };
  expect(toSnapshot("1.0.0", provider, { resources: ["aws_a"], data: [] })).toEqual({
    version: "1.0.0",
    resources: {
      aws_a: {
        required: { name: "string" },
        optional: { ids: "list(string)" },
        computed: { arn: "string" },
        deprecated: ["ids"],
        blocks: { rule: { min: 1, optional: { port: "number" } } },
      },
    },
    data: {},
  });
  expect(() => toSnapshot("1.0.0", provider, { resources: ["aws_c"], data: [] })).toThrow("the provider has no aws_c");
});

const bindings = mkdtempSync(join(tmpdir(), "infra-bindings-"));
afterAll(() => rmSync(bindings, { recursive: true, force: true }));

test("declarations that were generated from a schema come to the same", () => {
  const comment = (name: string): string =>
    `    /**\n    * Docs: {@link https://docs/resources/a#${name} A#${name}}\n    */\n`;
  mkdirSync(join(bindings, "lib", "the-thing"), { recursive: true });
  writeFileSync(join(bindings, "package.json"), '{"cdktn":{"provider":{"version":"6.1.0"}}}');
  writeFileSync(
    join(bindings, "lib", "the-thing", "index.d.ts"),
    `export interface TheThingConfig extends cdktn.TerraformMetaArguments {
${comment("display_name")}    readonly displayName: string;
${comment("is_on")}    readonly isOn?: boolean | cdktn.IResolvable;
${comment("rule")}    readonly rule?: TheThingRule[] | cdktn.IResolvable;
${comment("health")}    readonly health: TheThingHealth;
}
export interface TheThingRule {
${comment("port")}    readonly port?: number;
}
export interface TheThingHealth {
${comment("path")}    readonly path: string;
}
export declare class TheThing extends cdktn.TerraformResource {
    get arn(): string;
    get displayName(): string;
    get displayNameInput(): string | undefined;
}
`,
  );
  expect(snapshotFromBindings(bindings, { resources: ["aws_the_thing"], data: [] })).toEqual({
    version: "6.1.0",
    resources: {
      aws_the_thing: {
        required: { display_name: "string" },
        optional: { is_on: "bool" },
        computed: { arn: "string" },
        blocks: { rule: { optional: { port: "number" } }, health: { min: 1, max: 1, required: { path: "string" } } },
      },
    },
    data: {},
  });
});
