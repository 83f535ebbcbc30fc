/** Values that a person sets in a draft, by JSON Pointers into the configuration of a node. */

import type { WorkflowNode, WorkflowSpec } from "../api/types.ts";

/** By node, then by pointer. */
export type Answers = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The spec with the values in their places; what has a value is not missing any more. */
export function withAnswers(spec: WorkflowSpec, answers: Answers): WorkflowSpec {
  const nodes = (spec.nodes ?? []).map((node) => fillNode(node, answers[node.id] ?? {}));
  return { ...spec, nodes };
}

/** What is still missing, by node. */
export function missingIn(spec: WorkflowSpec): readonly { readonly node: WorkflowNode; readonly pointer: string }[] {
  return (spec.nodes ?? []).flatMap((node) => (node.needs_input ?? []).map((pointer) => ({ node, pointer })));
}

/** The last part of the pointer, as a label: `/headers/X-Team` is "X-Team". */
export function labelOf(pointer: string): string {
  const last = pointer.split("/").at(-1) ?? pointer;
  return unescape(last).replaceAll("_", " ");
}

function fillNode(node: WorkflowNode, values: Readonly<Record<string, string>>): WorkflowNode {
  const needed = node.needs_input ?? [];
  const given = needed.filter((pointer) => (values[pointer] ?? "") !== "");
  if (given.length === 0) return node;
  const configuration = structuredClone(node.configuration ?? {}) as Record<string, unknown>;
  for (const pointer of given) setAt(configuration, pointer, values[pointer] ?? "");
  return { ...node, configuration, needs_input: needed.filter((pointer) => !given.includes(pointer)) };
}

function setAt(root: Record<string, unknown>, pointer: string, value: string): void {
  const parts = pointer.split("/").slice(1).map(unescape);
  const last = parts.pop();
  // The pointer was written by a model: it must not lead out of the configuration.
  if (last === undefined || [...parts, last].includes("__proto__")) return;
  let place: Record<string, unknown> = root;
  for (const part of parts) place = (place[part] ??= {}) as Record<string, unknown>;
  place[last] = NUMBERS.test(last) ? Number(value) : value;
}

/** Fields of the catalogue that are numbers. */
const NUMBERS = /_seconds$|^max_concurrency$/;

/** RFC 6901 4: "~1" is "/", then "~0" is "~". */
function unescape(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
