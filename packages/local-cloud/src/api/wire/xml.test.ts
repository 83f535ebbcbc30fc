import { expect, test } from "vitest";
import { element } from "./xml.ts";

test("members become elements, lists become repeated elements, and undefined members are left out", () => {
  const value = { a: 1, b: { item: ["x", "y"] }, c: undefined, d: { item: [] }, e: true };
  expect(element("r", value, ' xmlns="n"')).toBe(
    '<r xmlns="n"><a>1</a><b><item>x</item><item>y</item></b><d></d><e>true</e></r>',
  );
});

test("markup is escaped, and characters that XML does not allow are dropped", () => {
  expect(element("t", `<&>"\u0000\u001B[1m\uD800é😀`)).toBe('<t>&lt;&amp;&gt;"[1mé😀</t>');
});
