import { expect, test } from "vitest";
import { element } from "./xml.ts";

test("writes members as elements, lists as repetitions, and leaves out what is undefined", () => {
  const value = { a: 1, b: { item: ["x", "y"] }, c: undefined, d: { item: [] }, e: true };
  expect(element("r", value, ' xmlns="n"')).toBe(
    '<r xmlns="n"><a>1</a><b><item>x</item><item>y</item></b><d></d><e>true</e></r>',
  );
});

test("escapes what is markup, and drops what XML cannot hold", () => {
  expect(element("t", `<&>"\u0000\u001B[1m\uD800é😀`)).toBe('<t>&lt;&amp;&gt;"[1mé😀</t>');
});
