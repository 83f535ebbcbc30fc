import type { WorkflowSpec } from "@agent-team/contracts";
import type { Placed } from "../draft/placed.ts";
import { describePolicy } from "../steps/policy.ts";
import { quoteWords } from "./leftover-question.ts";

/** The answer with a draft: each step in order, the values still to fill in, and the words that were left out. */
export function explain(placed: readonly Placed[], spec: WorkflowSpec, leftOut: readonly string[]): string {
  const lines = placed.map(({ step, scope, lead, policy }, index) => {
    return `${index + 1}. ${lead}${step.sentence(scope)}${describePolicy(policy)}.`;
  });
  return [
    `Here is a draft with ${placed.length} steps:`,
    ...lines,
    ...missing(spec),
    ...(leftOut.length === 0 ? [] : [`As you said, it does without ${quoteWords(leftOut)}.`]),
    `Nothing is stored yet. ${HOW_TO_STORE}`,
  ].join("\n");
}

/** How a person goes on from a draft. Programs find the calls of the API in its documents. */
export const HOW_TO_STORE = 'If this is what you mean, say "save it" or "run it".';

function missing(spec: WorkflowSpec): readonly string[] {
  return spec.nodes.flatMap(({ name, needsInput }) =>
    needsInput.map((pointer) => `Before it can run, fill in ${pointer.slice(1).replaceAll("_", " ")} of "${name}".`),
  );
}
