import type { Connection, Node, WorkflowSpec } from "@agent-team/contracts";

/**
 * A graph in a few readable lines, one per node. A line opens with the output that leads to the node, unless that is
 * "result" of the line before, and ends with "needs …" where a person has to fill something in.
 */
export function sketch(spec: WorkflowSpec): readonly string[] {
  return spec.nodes.map((node, index) => {
    const incoming = spec.connections.filter(({ toNode }) => toNode === node.id);
    const before = incoming.length === 1 ? spec.nodes[index - 1]?.id : undefined;
    const edges = incoming.map((edge) => describeEdge(edge, before)).join(" and ");
    const prefix = edges === "" ? "" : `${edges}: `;
    const needs = node.needsInput.length === 0 ? "" : ` needs ${node.needsInput.join(" ")}`;
    return `${prefix}${describeNode(node)}${needs}`;
  });
}

function describeEdge({ fromNode, outputKey }: Connection, before: string | undefined): string {
  if (fromNode !== before) return `${outputKey} of ${fromNode}`;
  return outputKey === "result" ? "" : outputKey;
}

function describeNode({ subtype, configuration, retryPolicy, timeout }: Node): string {
  const attempts = retryPolicy === undefined ? [] : [`attempts=${retryPolicy.maxAttempts}`];
  const limit = timeout === undefined ? [] : [`timeout=${timeout.seconds}`];
  const values = Object.entries(configuration ?? {}).map(([name, value]) => {
    const text = typeof value === "string" ? value.replace(/^\{% (.*) %\}$/, "$1") : JSON.stringify(value);
    const short = text.replace(/^\(\$amount := .*?\}; (.*)\)$/, "$1");
    return PLAIN.has(name) ? short : `${name}=${short}`;
  });
  return [subtype === "HTTP_REQUEST" ? "HTTP" : subtype, ...values, ...attempts, ...limit].join(" ");
}

/** Values that need no name in a sketch. */
const PLAIN: ReadonlySet<string> = new Set([
  "expression",
  "timezone",
  "method",
  "url",
  "condition",
  "text",
  "duration_seconds",
]);
