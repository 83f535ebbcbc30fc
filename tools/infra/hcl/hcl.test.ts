import { expect, test } from "vitest";
import { overlap } from "./cidr.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import { parse } from "./parse.ts";
import { JsonText, Namespace, toPlain, toText, Unknown, type Value } from "./value.ts";

const names: Readonly<Record<string, Value>> = {
  var: { name: "agent-team", count: 3, switch: false },
  local: { ports: { agent: 50051, engine: 50050 }, zones: ["a", "b"] },
  each: { key: "agent", value: { port: 50051 } },
  aws_lb: new Namespace("aws_lb", (name) => new Unknown(`aws_lb.${name}`)),
};
const scope: Scope = (name) => names[name];

function valueOf(text: string): Value {
  return evaluate(parse(text), scope);
}

test.each<[text: string, value: unknown]>([
  ["plain", "plain"],
  ["${var.count}", 3],
  ["${var.name}-alb", "agent-team-alb"],
  ["$${var.name}", "${var.name}"],
  ["a%{if var.switch}b%{else}${var.count}%{endif}c", "a3c"],
  ['${"a\\"b\\n${var.name}"}', 'a"b\nagent-team'],
  ["${1 + 2 * 3 == 7 && !var.switch}", true],
  ['${var.switch ? "x" : null}', null],
  ["${-var.count + 1}", -2],
  ["${local.ports[each.key]}", 50051],
  ["${local.zones[1]}", "b"],
  ["${local.zones.0}", "a"],
  ["${[for z in local.zones : upper(z) if z != var.name]}", ["A", "B"]],
  ["${{ for k, v in local.ports : v => k }}", { 50050: "engine", 50051: "agent" }],
  ["${{ for z in local.zones : 'x' => z... }}".replaceAll("'", '"'), { x: ["a", "b"] }],
  ["${values({ b = 1, a = 2 })}", [2, 1]],
  ["${[{ p = 1 }, { p = 2 }][*].p}", [1, 2]],
  ['${merge({ a = 1, (var.name) = 2 }, { "b-${each.key}" : 3 })}', { a: 1, "agent-team": 2, "b-agent": 3 }],
  ["${max([1, 5, 3]...)}", 5],
  ['${cidrnetmask("10.0.0.0/18")}', "255.255.192.0"],
  ['${can(cidrnetmask("everybody"))}', false],
  ['${cidrsubnet("10.0.0.0/16", 8, 10)}', "10.0.10.0/24"],
  ['${format("%s-%02d%%", var.name, 7)}', "agent-team-07%"],
  ['${try(var.missing, "fallback")}', "fallback"],
  ['${can(regex("^[a-z-]+$", var.name))}', true],
  ['${substr(sha1("50051-TCP"), 0, 4)}', "7479"],
  ["${[\n  1, # one\n  2, /* two */\n]}", [1, 2]],
])("%s comes to what Terraform makes of it", (text, value) => {
  expect(valueOf(text)).toEqual(value);
});

test("what only AWS can tell stays unknown, keeps its address, and shows where it stands in a text", () => {
  const value = valueOf("${aws_lb.grpc.dns_name}:${local.ports.agent}");
  expect(value).toEqual(new Unknown("aws_lb.grpc.dns_name", "known-after-apply:50051"));
  expect(valueOf("${[aws_lb.a.id, 1][1]}")).toBe(1);
  expect(valueOf("${upper(aws_lb.a.id)}")).toBeInstanceOf(Unknown);
});

test("what jsonencode was given is still there as a value", () => {
  const value = valueOf("${jsonencode([{ name = each.key, url = aws_lb.a.dns_name }])}");
  expect(value).toBeInstanceOf(JsonText);
  expect(toText(value)).toBe('[{"name":"agent","url":"known-after-apply"}]');
  expect(toPlain(valueOf("${jsondecode(jsonencode({ a = [1] }))}"))).toEqual({ a: [1] });
});

test.each<[text: string, message: RegExp]>([
  ["${var.missing}", /there is no "missing"/],
  ["${nothing.here}", /nothing is called "nothing"/],
  ["${frobnicate(1)}", /frobnicate\(\) is not known/],
  ["${1 + }", /expected an expression, found "}/],
  ["%{ for each in local.zones }x%{ endfor }", /expected \$\{…\} or %\{if …\}/],
])("%s is an error and no hole", (text, message) => {
  expect(() => valueOf(text)).toThrow(message);
});

test.each([
  ["10.0.0.0/16", "10.1.0.0/16", false],
  ["10.0.0.0/16", "10.0.128.0/18", true],
  ["10.0.0.0/18", "10.0.64.0/18", false],
  ["10.0.0.0/15", "10.1.0.0/16", true],
])("%s and %s: addresses in common: %s", (one, other, expected) => {
  expect(overlap(one, other)).toBe(expected);
  expect(overlap(other, one)).toBe(expected);
});
