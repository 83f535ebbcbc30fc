import type { Node, WorkflowSpec } from "@agent-team/contracts";

/** Of one step's configuration: enough to recognise it. */
const MAX_CHARACTERS = 200;

/** A draft in words: each step with its kind, its values and the steps before it. */
export function describeDraft({ name, nodes, connections }: WorkflowSpec): string {
  const nameOf = (id: string): string => nodes.find((node) => node.id === id)?.name || id;
  const lines = nodes.map((node, index) => {
    const before = connections
      .filter(({ toNode }) => toNode === node.id)
      .map(({ fromNode, outputKey }) => `"${nameOf(fromNode)}"${isPlain(outputKey) ? "" : ` (${outputKey})`}`);
    const after = before.length === 0 ? "" : `, after ${before.join(" and ")}`;
    return `${index + 1}. ${node.name || node.id}: ${valuesOf(node)}${after}`;
  });
  const title = name === "" ? "The draft" : `The draft "${name}"`;
  return [`${title} has ${nodes.length} ${nodes.length === 1 ? "step" : "steps"}:`, ...lines].join("\n");
}

/** The values that a draft still needs, a line for each. */
export function missingIn(spec: WorkflowSpec | undefined): readonly string[] {
  return (spec?.nodes ?? []).flatMap(({ id, name, needsInput }) =>
    needsInput.map((pointer) => `- ${pointer.slice(1).replaceAll("_", " ")} of "${name || id}"`),
  );
}

function valuesOf({ subtype, configuration = {}, needsInput }: Node): string {
  const values = Object.entries(configuration).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  const shown = [subtype, ...values].join(", ");
  const cut = shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS).toWellFormed()}…` : shown;
  return needsInput.length === 0 ? cut : `${cut}, still to fill in: ${needsInput.join(", ")}`;
}

function isPlain(outputKey: string): boolean {
  return outputKey === "" || outputKey === "result";
}
