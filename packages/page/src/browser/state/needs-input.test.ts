import { expect, test } from "vitest";
import { labelOf, missingIn, withAnswers } from "./needs-input.ts";

const node = { id: "post", configuration: { method: "POST" }, needs_input: ["/url", "/headers/X~1Team"] };
const spec = { nodes: [{ id: "start" }, node] };

test("a value goes to its place, and is not missing any more; the spec that was given stays", () => {
  const filled = withAnswers(spec, { post: { "/url": "https://example.com", "/headers/X~1Team": "a" } });
  expect(filled.nodes?.[1]).toEqual({
    id: "post",
    configuration: { method: "POST", url: "https://example.com", headers: { "X/Team": "a" } },
    needs_input: [],
  });
  expect(missingIn(filled)).toEqual([]);
  expect(missingIn(withAnswers(spec, { post: { "/url": "" } }))).toHaveLength(2);
  expect(node.configuration).toEqual({ method: "POST" });
});

test("seconds are numbers, and no pointer leads out of the configuration", () => {
  const wait = { nodes: [{ id: "wait", needs_input: ["/duration_seconds", "/__proto__/polluted"] }] };
  const filled = withAnswers(wait, { wait: { "/duration_seconds": "60", "/__proto__/polluted": "yes" } });
  expect(filled.nodes?.[0]?.configuration).toEqual({ duration_seconds: 60 });
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("the label of a pointer is its last part, in words", () => {
  expect(["/url", "/headers/X~1Team", "/expires_after_seconds"].map(labelOf)).toEqual([
    "url",
    "X/Team",
    "expires after seconds",
  ]);
});
