import type { WorkflowSpec } from "@agent-team/contracts";
import type { Placed } from "../draft/layout.ts";
import { describePolicy } from "../steps/policy.ts";
import { quoteWords } from "./leftover-question.ts";

/** The answer with a draft: each step in order, the values still to fill in, and the words that were left out. */
export function explain(
  placed: readonly Placed[],
  spec: WorkflowSpec,
  leftOut: readonly string[],
  conversationId: string | undefined,
): string {
  const lines = placed.map(({ step, scope, lead, policy }, index) => {
    return `${index + 1}. ${lead}${step.sentence(scope)}${describePolicy(policy)}.`;
  });
  return [
    `Here is a draft with ${placed.length} steps:`,
    ...lines,
    ...missing(spec),
    ...(leftOut.length === 0 ? [] : [`As you said, it does without ${quoteWords(leftOut)}.`]),
    `Nothing is stored yet. ${howToStore(conversationId)}`,
  ].join("\n");
}

/** The words and the calls of the gateway that store and run a draft. */
export function howToStore(conversationId: string | undefined): string {
  const body = JSON.stringify({ conversation_id: conversationId ?? "the id of this conversation" });
  return `If this is what you mean, say "save it" or "run it". Over HTTP store it: POST /v1/workflows ${body}. The answer names its id; POST /v1/workflows/{id}/runs {} runs it.`;
}

function missing(spec: WorkflowSpec): readonly string[] {
  return spec.nodes.flatMap(({ name, needsInput }) =>
    needsInput.map((pointer) => `Before it can run, fill in ${pointer.slice(1).replaceAll("_", " ")} of "${name}".`),
  );
}
