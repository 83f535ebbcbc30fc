import { join } from "node:path";
import { expect, test } from "vitest";
import { toPlain, toText, Unknown } from "../hcl/value.ts";
import { readConfiguration } from "./configuration.ts";
import { blocksIn, resourcesIn } from "./instance.ts";
import { Plan } from "./plan.ts";

const FIXTURE = join(import.meta.dirname, "fixture");
const root = await readConfiguration(FIXTURE);
const module = await readConfiguration(join(FIXTURE, "module"));
const data = { aws_availability_zones: { names: ["one-1a", "one-1b", "one-1c"] } };

function plan(variables: Readonly<Record<string, string | boolean>> = {}): Plan {
  return new Plan(root, { variables, data, modules: () => module });
}

test("a module is planned with the inputs of its call, once per instance", () => {
  expect([...plan().modules().keys()]).toEqual(["region[0]"]);
  expect([...plan({ extra_zone: true }).modules().keys()]).toEqual(["region[0]", "region[1]"]);
  const region = plan().modules().get("region[0]");
  expect(region?.resources("aws_security_group").map(({ address }) => address)).toEqual([
    'aws_security_group.this["agent"]',
    'aws_security_group.this["engine"]',
  ]);
});

test("arguments, dynamic blocks and references to written arguments come to values", () => {
  const group = plan({ project: "mine" }).modules().get("region[0]")?.resources("aws_security_group")[0];
  expect(group?.values["name"]).toBe("mine-test-agent");
  expect(blocksIn(group?.values ?? {}, "ingress").map(toPlain)).toEqual([
    { description: "agent from one-1a", from_port: 50051 },
    { description: "agent from one-1b", from_port: 50051 },
  ]);
  expect(toText(plan().output("endpoint"))).toBe("known-after-apply:50051 of agent-team-test-nlb");
});

test("what is told after the apply keeps the resource that it comes from", () => {
  const balancer = plan().modules().get("region[0]")?.resources("aws_lb")[0];
  expect(resourcesIn(balancer?.values["security_groups"])).toEqual(['aws_security_group.this["agent"]']);
  const groups = plan().output("groups");
  expect(groups).toBeInstanceOf(Unknown);
  expect(resourcesIn(groups)).toEqual(['aws_security_group.this["agent"]', 'aws_security_group.this["engine"]']);
});

test("a set gives its instances their own names", () => {
  const records = plan().resources("aws_route53_record");
  expect(records.map(({ values }) => values["name"])).toEqual(["a.example.com", "b.example.com"]);
});
