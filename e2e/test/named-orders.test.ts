/** The named orders of the local cloud are the orders that infra/ sets. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAMED_ORDERS } from "@agent-team/local-cloud";
import { expect, test } from "vitest";

const INFRA = join(import.meta.dirname, "..", "..", "infra");

function orderIn(text: string): readonly string[] {
  const list = /discovery_order\s*=\s*\[(.*?)\]/.exec(text)?.[1] ?? expect.fail("no discovery_order");
  return [...list.matchAll(/"(\w+)"/g)].map(([, strategy]) => strategy ?? "");
}

test("recommended is the order that every example of infra/ sets", () => {
  const folder = join(INFRA, "examples");
  const files = [join(INFRA, "terraform.tfvars.example"), ...readdirSync(folder).map((name) => join(folder, name))];
  const orders = files.filter((file) => /tfvars/.test(file)).map((file) => orderIn(readFileSync(file, "utf8")));
  expect(orders.length).toBeGreaterThan(2);
  for (const order of orders) expect(order).toEqual(NAMED_ORDERS.recommended);
});

test("terraform is the default of discovery_order, without env, for which Terraform sets no variable", () => {
  const variables = readFileSync(join(INFRA, "variables.services.tf"), "utf8");
  const [, block = ""] = /variable "discovery_order" \{(.*?)\n\}/s.exec(variables) ?? [];
  const defaults = orderIn(block.replace(/default(\s*=)/, "discovery_order$1"));
  expect(defaults).toEqual(["env", ...NAMED_ORDERS.terraform]);
});
