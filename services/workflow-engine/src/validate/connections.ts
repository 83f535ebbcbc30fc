import { type Connection, NodeType, type ValidationIssue, type WorkflowSpec } from "@agent-team/contracts";
import type { Syntax } from "../expression/syntax.ts";
import { expressionIn } from "../expression/template.ts";
import { defaultOutput, errorOutput, type Graph } from "../graph.ts";
import { nodeKindOf } from "../nodes/catalogue.ts";
import { checkSyntax } from "./expressions.ts";
import { error } from "./issue.ts";
import { pointer } from "./pointer.ts";

/** Each connection by itself: from a node that is there, by an output that it has, to a node that is there. */
export function checkConnections(spec: WorkflowSpec, graph: Graph, syntax: Syntax): readonly ValidationIssue[] {
  const seen = new Set<string>();
  return spec.connections.flatMap((connection, index) => {
    const path = pointer("connections", index);
    const ends = checkEnds(connection, graph, path);
    const name = [connection.fromNode, connection.outputKey || defaultOutput, connection.toNode].join(" ");
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
  return [...issues, error("TRIGGER_HAS_INPUT", `${path}/to_node`, `"${toNode}" is a trigger: nothing leads to it`)];
}

function checkOutput({ fromNode, outputKey }: Connection, graph: Graph, path: string): readonly ValidationIssue[] {
  const node = graph.nodes.get(fromNode);
  const kind = node === undefined ? undefined : nodeKindOf(node);
  if (node === undefined || kind === undefined) return []; // said elsewhere
  const outputs = node.continueOnError ? [...kind.outputKeys, errorOutput] : kind.outputKeys;
  const used = outputKey || defaultOutput;
  if (outputs.includes(used)) return [];
  const hint = used === errorOutput ? '; "error" comes with continue_on_error' : "";
  const message = `"${fromNode}" has no output "${used}"; it has ${outputs.map((key) => `"${key}"`).join(", ")}${hint}`;
  return [error("UNKNOWN_OUTPUT", `${path}/output_key`, message)];
}

function checkExpression({ expression }: Connection, path: string, syntax: Syntax): readonly ValidationIssue[] {
  if (expression === "") return [];
  return checkSyntax(expressionIn(expression) ?? expression, `${path}/expression`, syntax);
}
