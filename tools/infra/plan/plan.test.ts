import { join } from "node:path";
import { expect, test } from "vitest";
import { toPlain, toText, Unknown, type ValueObject } from "../hcl/value.ts";
import { readConfiguration } from "./configuration.ts";
import { blocksIn, resourcesIn } from "./instance.ts";
import { Plan } from "./plan.ts";

const FIXTURE = join(import.meta.dirname, "fixture");
const root = await readConfiguration(FIXTURE);
const module = await readConfiguration(join(FIXTURE, "module"));
const data = (region: string): Record<string, ValueObject> => ({
  aws_availability_zones: { names: ["a", "b", "c"].map((zone) => `${region}${zone}`) },
});

function plan(variables: Readonly<Record<string, string | boolean>> = {}): Plan {
  return new Plan(root, { variables, data, modules: () => module });
}

test("a module is planned with the inputs of its call, once per instance", () => {
  expect([...plan().modules().keys()]).toEqual(["region[0]", "second"]);
  expect([...plan({ extra_zone: true }).modules().keys()]).toEqual(["region[0]", "region[1]", "second"]);
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

test("a module is where the provider is that it is called with, and is told of its zones", () => {
  const modules = plan().modules();
  expect(["region[0]", "second"].map((name) => modules.get(name)?.region())).toEqual(["one-1", "two-2"]);
  expect(["region[0]", "second"].map((name) => modules.get(name)?.output("zone"))).toEqual(["one-1a", "two-2a"]);
});

test("a resource waits for what it names, through locals and others too, and for its depends_on", () => {
  const region = plan().modules().get("region[0]");
  const [listener] = region?.resources("aws_lb_listener") ?? [];
  expect(listener === undefined ? [] : [...(region?.dependencies(listener) ?? [])].toSorted()).toEqual([
    "aws_eip.unnamed",
    "aws_lb.grpc",
    "aws_security_group.this",
  ]);
});

test("arguments that Terraform leaves alone are told by name", () => {
  const [group] = plan().modules().get("region[0]")?.resources("aws_security_group") ?? [];
  expect(group?.ignored).toEqual(["name"]);
});
