import { NodeType } from "@agent-team/contracts";
import { type BranchItem, type Condition, jsonata, type Scope, type Step } from "../program.ts";

/** `isOfResponse`: it compares the status of the request before it. */
export function branchStep({ condition, negated }: BranchItem, isOfResponse: boolean): Step {
  return {
    type: NodeType.FLOW,
    subtype: "IF",
    name: `If ${condition.words}`.slice(0, 80),
    sentence() {
      const start = negated ? "Go on unless" : "Go on only if";
      const reading = isOfResponse ? "a request that fails has no status" : condition.reading;
      return `${start} ${condition.words}${reading === "" ? "" : ` (${reading})`}`;
    },
    yields: "nothing",
    reads: true,
    configuration: (scope) => ({ configuration: { condition: jsonata(branchExpression(condition, scope)) } }),
  };
}

function branchExpression(condition: Condition, scope: Scope): string {
  const { status } = condition;
  if (status === undefined || scope.response === undefined) return condition.expression(scope);
  const isCode = `${scope.response}.status = ${status.code}`;
  return status.negated ? `$not(${isCode})` : isCode;
}

/** Joins the cases of branches. */
export const MERGE: Step = {
  type: NodeType.FLOW,
  subtype: "MERGE",
  name: "Either way",
  sentence: () => "Go on in each case",
  yields: "nothing",
  reads: false,
  configuration: () => ({ configuration: {} }),
};
