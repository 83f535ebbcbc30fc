import { NodeType } from "@agent-team/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ANSWERED, INCOMPLETE, REQUESTS, TALK } from "./corpus.ts";
import { type Planned, planned } from "./plan.ts";

/** Pieces of real requests in any order. They are closer to the planner's grammar than random letters, and find more faults. */
const phrase = fc.constantFrom(
  ...[...REQUESTS, ...INCOMPLETE, ...ANSWERED].flatMap(({ say }) => say.split(/(?=, | and | then | if )/)),
  ...TALK,
  " otherwise ",
  " unless ",
  " finally ",
  " every ",
  " when ",
  ". ",
  "; ",
  " -> ",
  ' "',
  " {",
  " #",
  " https://",
  "\n- ",
);

const message = fc.oneof(
  fc.array(phrase, { maxLength: 12 }).map((phrases) => phrases.join("")),
  fc.array(phrase, { maxLength: 6 }).map((phrases) => phrases.join(", ")),
  fc.string({ unit: "binary", maxLength: 200 }),
);

const open = fc.option(fc.record({ request: message, answers: fc.array(message, { maxLength: 3 }) }), {
  nil: undefined,
});

test("the same input gives the same plan, with at most one question and only well-formed graphs", () => {
  fc.assert(
    fc.property(message, open, open, fc.boolean(), (said, waiting, draft, hasDraft) => {
      const input = { message: said, open: waiting, draft, hasDraft };
      const plan = planned(input);
      expect(planned(input)).toEqual(plan);

      const { spec, questions, text } = plan;
      expect(text.length).toBeGreaterThan(0);
      expect(questions.length).toBeLessThanOrEqual(1);
      expect(spec === undefined || questions.length === 0).toBe(true);
      if (spec !== undefined) expectWellFormed(spec);
    }),
    { numRuns: 1_500 },
  );
});

function expectWellFormed({ nodes, connections }: NonNullable<Planned["spec"]>): void {
  const ids = nodes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
  expect(nodes.filter(({ type }) => type === NodeType.TRIGGER)).toHaveLength(1);
  expect(ids.length).toBeLessThanOrEqual(100);
  // Edges lead from earlier nodes to later ones, so there is no cycle; all but the first are led to, so all are reached.
  for (const { fromNode, toNode } of connections) {
    expect(ids.indexOf(fromNode)).toBeGreaterThanOrEqual(0);
    expect(ids.indexOf(fromNode)).toBeLessThan(ids.indexOf(toNode));
  }
  expect(new Set(connections.map(({ toNode }) => toNode))).toEqual(new Set(ids.slice(1)));
}
