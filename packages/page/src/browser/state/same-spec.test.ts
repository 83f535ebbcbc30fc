import { expect, test } from "vitest";
import { isSameSpec } from "./same-spec.ts";

test("empty fields and the order of fields make no difference, values and the order of nodes do", () => {
  const spec = { name: "a", nodes: [{ id: "x", configuration: { url: "u", method: "GET" } }] };
  const stored = {
    nodes: [{ needs_input: [], configuration: { method: "GET", url: "u" }, id: "x" }],
    name: "a",
    description: "",
  };
  expect(isSameSpec(spec, stored)).toBe(true);
  expect(isSameSpec(spec, { ...stored, nodes: [{ id: "x", configuration: { method: "GET", url: "v" } }] })).toBe(false);
  expect(isSameSpec({ nodes: [{ id: "a" }, { id: "b" }] }, { nodes: [{ id: "b" }, { id: "a" }] })).toBe(false);
});
