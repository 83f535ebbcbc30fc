import type { WorkflowSpec } from "@agent-team/contracts";
import type { Placed } from "./layout.ts";

/** What the person is told about a draft: each step in order, what is still to fill in, what was not understood. */
export function explain(placed: readonly Placed[], spec: WorkflowSpec, notUnderstood: readonly string[]): string {
  const lines = placed.map(({ step, scope, otherwise }, index) => {
    return `${index + 1}. ${otherwise ? "Otherwise: " : ""}${step.sentence(scope)}.`;
  });
  return [
    `Here is a draft with ${placed.length} steps:`,
    ...lines,
    ...missing(spec),
    ...reportWords(notUnderstood),
    "Nothing is stored yet: if this is what you mean, save it.",
  ].join("\n");
}

/** "I did not understand …", or nothing. */
export function reportWords(notUnderstood: readonly string[]): readonly string[] {
  if (notUnderstood.length === 0) return [];
  return [`I did not understand: ${notUnderstood.map((word) => `"${word}"`).join(", ")}.`];
}

function missing(spec: WorkflowSpec): readonly string[] {
  return spec.nodes.flatMap(({ name, needsInput }) =>
    needsInput.map((pointer) => `Before it can run, fill in ${pointer.slice(1).replaceAll("_", " ")} of "${name}".`),
  );
}
