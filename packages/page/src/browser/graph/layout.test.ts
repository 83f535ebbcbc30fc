import fc from "fast-check";
import { expect, test } from "vitest";
import { type GraphEdge, layOut, NODE_HEIGHT, NODE_WIDTH, type PlacedNode } from "./layout.ts";

const edge = (from: string, to: string, label = ""): GraphEdge => ({ from, to, label });
const spotOf = (nodes: readonly PlacedNode[], id: string): PlacedNode =>
  nodes.find((node) => node.id === id) as PlacedNode;

test("a chain is one column, and no graph at all has no size", () => {
  const { nodes, edges, width } = layOut(["a", "b", "c"], [edge("a", "b"), edge("b", "c")]);

  expect(nodes.map(({ id, x }) => [id, x])).toEqual([
    ["a", 0],
    ["b", 0],
    ["c", 0],
  ]);
  expect(width).toBe(NODE_WIDTH);
  expect(edges[0]?.path).toMatch(/^M136 62C136 [\d.]+ 136 [\d.]+ 136 106$/);
  expect(layOut([], [])).toMatchObject({ width: 0, height: 0, nodes: [], edges: [] });
});

test("the branches of a condition are beside each other, below it and above what merges them", () => {
  const { nodes } = layOut(
    ["if", "yes", "no", "merge"],
    [edge("if", "yes", "true"), edge("if", "no", "false"), edge("yes", "merge"), edge("no", "merge")],
  );
  const [top, yes, no, merge] = ["if", "yes", "no", "merge"].map((id) => spotOf(nodes, id));

  expect(yes?.y).toBe(no?.y);
  expect(no?.x).toBeGreaterThanOrEqual((yes?.x ?? 0) + NODE_WIDTH);
  expect([top?.x, merge?.x]).toEqual([((yes?.x ?? 0) + (no?.x ?? 0)) / 2, top?.x]);
});

test("the line of an edge that passes a layer does not cross the node in it", () => {
  const { nodes, edges } = layOut(["a", "b", "c"], [edge("a", "b"), edge("b", "c"), edge("a", "c", "error")]);
  const beside = edges.find(({ label }) => label === "error");
  const between = spotOf(nodes, "b");
  const [, x = "", y = ""] = /L([\d.]+) ([\d.]+)/.exec(beside?.path ?? "") ?? [];

  expect(Number(y)).toBe(between.y + NODE_HEIGHT);
  expect(Number(x) < between.x || Number(x) > between.x + NODE_WIDTH).toBe(true);
});

test("no two nodes overlap, and each is below its predecessors, in any graph without cycles", () => {
  const graphs = fc.integer({ min: 1, max: 40 }).chain((count) =>
    fc.record({
      ids: fc.constant(Array.from({ length: count }, (_, at) => `n${at}`)),
      pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 80 }),
    }),
  );
  fc.assert(
    fc.property(graphs, ({ ids, pairs }) => {
      const edges = pairs.filter(([a, b]) => a < b).map(([a, b]) => edge(`n${a}`, `n${b}`));
      const { nodes, width, height } = layOut(ids, edges);
      for (const [at, a] of nodes.entries()) {
        expect(a.x >= -0.001 && a.x + NODE_WIDTH <= width + 0.001 && a.y + NODE_HEIGHT <= height).toBe(true);
        for (const b of nodes.slice(at + 1)) expect(a.y !== b.y || Math.abs(a.x - b.x) > NODE_WIDTH).toBe(true);
      }
      for (const { from, to } of edges) expect(spotOf(nodes, from).y).toBeLessThan(spotOf(nodes, to).y);
    }),
    { numRuns: 60 },
  );
});

test("edges to nodes that are not there, and cycles, do not stop it", () => {
  const { nodes, edges } = layOut(["a", "b"], [edge("a", "gone"), edge("a", "b"), edge("b", "a"), edge("a", "a")]);
  expect(nodes).toHaveLength(2);
  expect(edges).toHaveLength(2);
});
