import type { Node, ValidationIssue } from "@agent-team/contracts";
import type { EngineAbilities } from "../node-kind.ts";
import { nodeKindOf } from "../nodes/catalogue.ts";
import { expressionIn, secretIn } from "../template.ts";
import { stringsIn } from "./expressions.ts";
import { warning } from "./issue.ts";

/** A warning for each thing that this engine does not do with a node yet. The workflow can be stored. */
export function checkRunnable(node: Node, path: string, abilities: EngineAbilities): readonly ValidationIssue[] {
  return [...checkTrigger(node, path), ...obstaclesOf(node, path, abilities)];
}

/** The warnings that prevent a run of the workflow. */
export function obstaclesOf(node: Node, path: string, abilities: EngineAbilities): readonly ValidationIssue[] {
  const kind = nodeKindOf(node);
  const secrets = [...stringsIn(node.configuration ?? {}, `${path}/configuration`)].flatMap((each) => {
    const name = secretIn(each.text);
    if (name === undefined || (kind?.takesSecrets === true && expressionIn(each.text) === undefined)) return [];
    const why = kind?.takesSecrets === true ? "an expression takes no secrets" : "a node of this kind takes no secrets";
    const message = `${why}: the workflow cannot run while it uses "${name}" here`;
    return [warning("SECRET_NOT_TAKEN", each.path, message)];
  });
  const obstacle = kind?.obstacle?.(node.configuration ?? {}, abilities);
  if (obstacle !== undefined) return [warning("NOT_RUNNABLE_YET", `${path}/configuration`, obstacle), ...secrets];
  if (kind === undefined || kind.run !== undefined) return secrets;
  return [warning("NOT_RUNNABLE_YET", `${path}/subtype`, kind.limitation ?? ""), ...secrets];
}

function checkTrigger(node: Node, path: string): readonly ValidationIssue[] {
  const kind = nodeKindOf(node);
  if (kind?.run === undefined || kind.limitation === undefined) return [];
  return [warning("TRIGGER_DOES_NOT_FIRE_YET", `${path}/subtype`, kind.limitation)];
}
