import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import { type Graph, ITEM_OUTPUT } from "../graph.ts";
import { bodyOf } from "../loop-body.ts";
import { nodeKindOf } from "../nodes/catalogue.ts";
import { error } from "./issue.ts";
import { pointer } from "./pointer.ts";

/** Each loop: it has a body, into which no connection leads from outside, and which has no loop. */
export function checkLoops(spec: WorkflowSpec, graph: Graph): readonly ValidationIssue[] {
  const loops = new Set(
    spec.nodes.filter((node) => nodeKindOf(node)?.outputKeys.includes(ITEM_OUTPUT)).map(({ id }) => id),
  );
  return spec.nodes.flatMap(({ id }, index) => {
    if (!loops.has(id)) return [];
    const body = new Set(bodyOf(id, graph));
    if (body.size === 0) {
      const message = `nothing is done for an item: expected a connection from the output "${ITEM_OUTPUT}" of "${id}"`;
      return [error("EMPTY_LOOP", pointer("nodes", index), message)];
    }
    const nested = [...body].filter((each) => loops.has(each));
    return [
      ...nested.map((each) =>
        error("NESTED_LOOP", pathOf(each, spec), `"${each}" is in the loop of "${id}": a loop has no loop in it`),
      ),
      ...checkEntries(id, body, spec),
    ];
  });
}

function checkEntries(
  loopId: string,
  body: ReadonlySet<string>,
  { connections }: WorkflowSpec,
): readonly ValidationIssue[] {
  return connections.flatMap(({ fromNode, toNode, outputKey }, index) => {
    const isInside = body.has(fromNode) || (fromNode === loopId && outputKey === ITEM_OUTPUT);
    if (isInside || !body.has(toNode)) return [];
    const message = `"${toNode}" is in the loop of "${loopId}", and this connection comes from outside; what follows the loop is connected to "${loopId}" alone`;
    return [error("LOOP_ENTERED", pointer("connections", index), message)];
  });
}

function pathOf(nodeId: string, { nodes }: WorkflowSpec): string {
  return pointer(
    "nodes",
    nodes.findIndex(({ id }) => id === nodeId),
  );
}
