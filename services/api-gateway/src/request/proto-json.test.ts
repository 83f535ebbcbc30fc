import { NodeType, WorkflowSpecSchema } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RequestError, type Violation } from "../request-error.ts";
import { parseMessage } from "./proto-json.ts";

test("a spec is read by proto field names and by JSON names", () => {
  const json = { nodes: [{ id: "a", type: "NODE_TYPE_TRIGGER", needs_input: ["/url"], continueOnError: true }] };
  expect(parseMessage(WorkflowSpecSchema, json).nodes[0]).toMatchObject({
    type: NodeType.TRIGGER,
    needsInput: ["/url"],
    continueOnError: true,
  });
});

test.each(["NODE_TYPE_TRIGGER", "TRIGGER"])(
  "the enum value %s is read, and free values with such text stay",
  (type) => {
    const { nodes } = parseMessage(WorkflowSpecSchema, { nodes: [{ id: "a", type, configuration: { type } }] });
    expect(nodes).toMatchObject([{ type: NodeType.TRIGGER, configuration: { type } }]);
  },
);

const FAULTS: readonly (readonly [what: string, json: JsonValue, field: string, description: string | RegExp])[] = [
  ["a number for the spec", 5, "spec", "expected an object, got 5"],
  ["an unknown field", { nmae: "x" }, "spec.nmae", "unknown field"],
  ["an unknown field of a node", { nodes: [{}, { ty: 1 }] }, "spec.nodes[1].ty", "unknown field"],
  ["a number for a string", { name: 5 }, "spec.name", "expected a string, got 5"],
  ["a lone surrogate", { name: "\ud800" }, "spec.name", /^expected a string/],
  ["an object for a list", { nodes: {} }, "spec.nodes", "expected a list, got an object"],
  ["null in a list", { nodes: [null] }, "spec.nodes[0]", "expected an object, got null"],
  ["a number in a list of strings", { tags: ["a", 5] }, "spec.tags[1]", "expected a string, got 5"],
  [
    "an unknown enum value",
    { nodes: [{ type: "TRIGER" }] },
    "spec.nodes[0].type",
    /^expected one of UNSPECIFIED, TRIGGER.*, got "TRIGER"$/,
  ],
  ["a bare number for a duration", { run_timeout: 60 }, "spec.run_timeout", /^expected a duration/],
  ["a list for a struct", { nodes: [{ configuration: [] }] }, "spec.nodes[0].configuration", /^expected an object/],
  [
    "a fraction for a count",
    { nodes: [{ retry_policy: { max_attempts: 1.5 } }] },
    "spec.nodes[0].retry_policy.max_attempts",
    "expected a whole number from 0 to 4294967295, got 1.5",
  ],
  [
    "nesting of 200 levels",
    { nodes: [{ configuration: { a: nested(200) } }] },
    "spec.nodes[0].configuration",
    /45 deep/,
  ],
  [
    "one level more than the limit",
    { nodes: [{ configuration: { a: nested(45) } }] },
    "spec.nodes[0].configuration",
    /^expected an object, nested at most 45 deep, got an object$/,
  ],
  ["one field by both its names", { runTimeout: "1s", run_timeout: "1s" }, "spec", /WorkflowSpec/],
];

test.each(FAULTS)("%s is refused with its path", (_what, json, field, description) => {
  expect(violationsOf(json)).toEqual([{ field, description: expect.stringMatching(description) }]);
});

test("a free value may have 45 levels at any depth of the body", () => {
  expect(parseMessage(WorkflowSpecSchema, { nodes: [{ configuration: { a: nested(44) } }] }).nodes).toHaveLength(1);
});

test("all FAULTS are listed, up to a limit", () => {
  expect(violationsOf({ name: 1, description: 2 }).map(({ field }) => field)).toEqual([
    "spec.name",
    "spec.description",
  ]);
  expect(violationsOf({ nodes: Array(1_000).fill(5) })).toHaveLength(20);
});

function violationsOf(json: JsonValue): readonly Violation[] {
  try {
    parseMessage(WorkflowSpecSchema, json, "spec");
  } catch (error) {
    if (error instanceof RequestError) return error.violations;
    throw error;
  }
  throw new Error("the message was read");
}

function nested(depth: number): JsonValue {
  return depth === 0 ? 1 : [nested(depth - 1)];
}
