import { type ValidationIssue, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { toBinary } from "@bufbuild/protobuf";
import { MAX_CONNECTIONS, MAX_EXPRESSIONS_BYTES, MAX_NODES, MAX_PAYLOAD_BYTES } from "../limits.ts";
import { expressionsOf } from "./expressions.ts";
import { error, type IssueCode } from "./issue.ts";

/** Checks the size of a workflow. */
export function checkCaps(spec: WorkflowSpec): readonly ValidationIssue[] {
  const nodes = spec.nodes.length;
  const connections = spec.connections.length;
  const expressions = Buffer.byteLength(expressionsOf(spec).join(""));
  const bytes = toBinary(WorkflowSpecSchema, spec).byteLength;
  return [
    ...atMost(MAX_NODES, nodes, "TOO_MANY_NODES", "/nodes", "nodes"),
    ...atMost(MAX_CONNECTIONS, connections, "TOO_MANY_CONNECTIONS", "/connections", "connections"),
    ...atMost(MAX_EXPRESSIONS_BYTES, expressions, "EXPRESSIONS_TOO_LARGE", "", "bytes of expressions"),
    ...atMost(MAX_PAYLOAD_BYTES, bytes, "SPEC_TOO_LARGE", "", "bytes"),
  ];
}

function atMost(max: number, size: number, code: IssueCode, path: string, unit: string): readonly ValidationIssue[] {
  return size <= max ? [] : [error(code, path, `the workflow has ${size} ${unit}, at most ${max}`)];
}
