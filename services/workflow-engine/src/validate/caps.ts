import { type ValidationIssue, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { toBinary } from "@bufbuild/protobuf";
import { maxExpressionsBytes } from "../expression/limits.ts";
import { maxConnections, maxNodes, maxPayloadBytes } from "../limits.ts";
import { expressionsOf } from "./expressions.ts";
import { error } from "./issue.ts";

/** How large a workflow may be. */
export function checkCaps(spec: WorkflowSpec): readonly ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const { nodes, connections } = spec;
  if (nodes.length > maxNodes) {
    issues.push(error("TOO_MANY_NODES", "/nodes", `${nodes.length} nodes, at most ${maxNodes}`));
  }
  if (connections.length > maxConnections) {
    const message = `${connections.length} connections, at most ${maxConnections}`;
    issues.push(error("TOO_MANY_CONNECTIONS", "/connections", message));
  }
  const expressionBytes = Buffer.byteLength(expressionsOf(spec).join(""));
  if (expressionBytes > maxExpressionsBytes) {
    const message = `all expressions together have ${expressionBytes} bytes, at most ${maxExpressionsBytes}`;
    issues.push(error("EXPRESSIONS_TOO_LARGE", "", message));
  }
  const { byteLength } = toBinary(WorkflowSpecSchema, spec);
  if (byteLength > maxPayloadBytes) {
    issues.push(error("SPEC_TOO_LARGE", "", `the workflow has ${byteLength} bytes, at most ${maxPayloadBytes}`));
  }
  return issues;
}
