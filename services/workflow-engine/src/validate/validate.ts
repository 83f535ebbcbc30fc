import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import type { Syntax } from "../expression/syntax.ts";
import { Graph } from "../graph.ts";
import { checkCaps } from "./caps.ts";
import { checkConnections } from "./connections.ts";
import { checkNames } from "./names.ts";
import { checkNode } from "./node.ts";
import { checkTopology } from "./topology.ts";

/**
 * Everything that is to be said about a spec, all at once, each with a JSON Pointer to its place: a person mends a
 * workflow in one go, and so does a planner. Pure; the spec may be anything that the wire could bring. `syntax` knows the
 * result of parsing each of `expressionsOf(spec)`.
 */
export function validate(spec: WorkflowSpec, syntax: Syntax): readonly ValidationIssue[] {
  const tooLarge = checkCaps(spec);
  if (tooLarge.length > 0) return tooLarge; // what follows takes time in proportion to the size
  const graph = new Graph(spec);
  return [
    ...checkNames(spec),
    ...spec.nodes.flatMap((node, index) => checkNode(node, index, syntax)),
    ...checkConnections(spec, graph, syntax),
    ...checkTopology(spec, graph),
  ];
}
