import { type Connection, NodeType, type ValidationIssue, type WorkflowSpec } from "@agent-team/contracts";
import { DEFAULT_OUTPUT, ERROR_OUTPUT, type Graph } from "../graph.ts";
import { nodeKindOf } from "../nodes/catalogue.ts";
import { connectionExpression } from "../template.ts";
import { checkSyntax } from "./expressions.ts";
import { error } from "./issue.ts";
import { pointer } from "./pointer.ts";
import type { Syntax } from "./syntax.ts";

/** Each connection by itself: both its nodes exist, and the first one has its output. */
export function checkConnections(spec: WorkflowSpec, graph: Graph, syntax: Syntax): readonly ValidationIssue[] {
  const seen = new Set<string>();
  return spec.connections.flatMap((connection, index) => {
    const path = pointer("connections", index);
    const ends = checkEnds(connection, graph, path);
    const name = [connection.fromNode, connection.outputKey || DEFAULT_OUTPUT, connection.toNode].join(" ");
    const isRepeat = seen.has(name);
    seen.add(name);
    return [
      ...ends,
      ...checkOutput(connection, graph, path),
      ...(isRepeat ? [error("DUPLICATE_CONNECTION", path, "an earlier connection is the same")] : []),
      ...checkExpression(connection, path, syntax),
    ];
  });
}

function checkEnds({ fromNode, toNode }: Connection, graph: Graph, path: string): readonly ValidationIssue[] {
  const missing = [
    { id: fromNode, path: `${path}/from_node` },
    { id: toNode, path: `${path}/to_node` },
  ].filter(({ id }) => !graph.nodes.has(id));
  const issues = missing.map((end) => error("DANGLING_CONNECTION", end.path, `there is no node "${end.id}"`));
  if (graph.nodes.get(toNode)?.type !== NodeType.TRIGGER) return issues;
  return [
    ...issues,
    error("TRIGGER_HAS_INPUT", `${path}/to_node`, `"${toNode}" is a trigger: no connection leads to one`),
  ];
}

function checkOutput({ fromNode, outputKey }: Connection, graph: Graph, path: string): readonly ValidationIssue[] {
  const node = graph.nodes.get(fromNode);
  const kind = node === undefined ? undefined : nodeKindOf(node);
  if (node === undefined || kind === undefined) return []; // an issue of another check
  const outputs = node.continueOnError ? [...kind.outputKeys, ERROR_OUTPUT] : kind.outputKeys;
  const used = outputKey || DEFAULT_OUTPUT;
  if (outputs.includes(used)) return [];
  const hint = used === ERROR_OUTPUT ? '; "error" comes with continue_on_error' : "";
  const message = `"${fromNode}" has no output "${used}"; it has ${outputs.map((key) => `"${key}"`).join(", ")}${hint}`;
  return [error("UNKNOWN_OUTPUT", `${path}/output_key`, message)];
}

function checkExpression(connection: Connection, path: string, syntax: Syntax): readonly ValidationIssue[] {
  if (connection.expression === "") return [];
  return checkSyntax(connectionExpression(connection), `${path}/expression`, syntax);
}
