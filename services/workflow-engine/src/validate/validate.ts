import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import { Graph } from "../graph.ts";
import type { EngineAbilities } from "../node-kind.ts";
import { checkCaps } from "./caps.ts";
import { checkConnections } from "./connections.ts";
import { checkLoops } from "./loops.ts";
import { checkNames } from "./names.ts";
import { checkNode } from "./node.ts";
import type { Syntax } from "./syntax.ts";
import { checkTopology } from "./topology.ts";

/**
 * All issues of a spec at once, each with a JSON Pointer to its place, so that a person or a planner can mend them in one go.
 * Pure. The spec may be any that a message can hold. `syntax` has the result of parsing each of `expressionsOf(spec)`.
 */
export function validate(spec: WorkflowSpec, syntax: Syntax, abilities: EngineAbilities): readonly ValidationIssue[] {
  const tooLarge = checkCaps(spec);
  if (tooLarge.length > 0) return tooLarge; // the other checks take time in proportion to the size
  const graph = Graph.of(spec);
  return [
    ...checkNames(spec),
    ...spec.nodes.flatMap((node, index) => checkNode(node, index, syntax, abilities)),
    ...checkConnections(spec, graph, syntax),
    ...checkTopology(spec, graph),
    ...checkLoops(spec, graph),
  ];
}
