import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { toPlain, type ValueObject } from "../hcl/value.ts";
import { blocksOfKind } from "../plan/configuration.ts";
import type { Plan } from "../plan/plan.ts";
import { GOOD } from "./bad-input.ts";
import { readVariables, type Subject } from "./subject.ts";

/** Each file of `examples/` sets variables that exist to values that are accepted, and can be planned to the last argument. */
export async function checkExamples(subject: Subject): Promise<readonly string[]> {
  const files = globSync("examples/*.tfvars", { cwd: subject.infra });
  if (files.length === 0) return ["infra/examples holds no .tfvars file"];
  const findings = await Promise.all(
    files.toSorted().map(async (file) => checkExample(file, await readVariables(join(subject.infra, file)), subject)),
  );
  return findings.flat();
}

/** The default order is a contract and prefers the load balancer, so every example sets the order that the guide advises. */
export async function checkDiscoveryOrder({ infra }: Subject): Promise<readonly string[]> {
  const guide = readFileSync(join(ROOT, "docs", "guides", "choosing-a-path.md"), "utf8");
  const advised = /\*\*set\s+`(\[[^\]]+\])`/.exec(guide)?.[1];
  if (advised === undefined) return ["docs/guides/choosing-a-path.md advises no order: expected **set `[…]`"];
  const files = ["terraform.tfvars.example", ...globSync("examples/*.tfvars", { cwd: infra }).toSorted()];
  const orders = await Promise.all(
    files.map(async (file) => ({ file, order: (await readVariables(join(infra, file)))["discovery_order"] ?? null })),
  );
  const expected = JSON.stringify(JSON.parse(advised));
  return orders
    .map(({ file, order }) => ({ file, order: JSON.stringify(toPlain(order)) }))
    .filter(({ order }) => order !== expected)
    .map(({ file, order }) => `${file}: discovery_order is ${order}: expected ${expected}, as the guide advises`);
}

function checkExample(file: string, variables: ValueObject, subject: Subject): readonly string[] {
  const root = subject.configurations.get("");
  const known = new Set(root === undefined ? [] : blocksOfKind(root, "variable").map(({ name }) => name));
  const plan = subject.plan({ ...GOOD, ...variables });
  const findings = [
    ...Object.keys(variables)
      .filter((name) => !known.has(name))
      .map((name) => `there is no variable ${name}`),
    ...plan.refusals(),
    ...failures(plan),
  ];
  return findings.map((finding) => `${file}: ${finding}`);
}

/** Arguments that cannot be evaluated, in all modules. */
function failures(plan: Plan): readonly string[] {
  const own = plan.resources().flatMap(({ values }) => {
    try {
      toPlain(values);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  return [...own, ...[...plan.modules().values()].flatMap(failures)];
}
