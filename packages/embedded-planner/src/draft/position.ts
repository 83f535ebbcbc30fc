import type { Scope, Step } from "../program.ts";

/** An output to which the next node may be connected. */
export interface End {
  readonly node: string;
  readonly output: string;
}

/** The place of a value: a node, and the path inside its output. */
interface Source {
  readonly node: string;
  readonly path: string;
  /** The error of a step that failed. Only the node right behind can read it, as its input. */
  readonly isError?: boolean | undefined;
}

/** Where the next node goes, and what words mean there. */
export interface Position {
  readonly at: readonly End[];
  /** What "it" means; absent if it means nothing. */
  readonly it?: Source | undefined;
  /** The last HTTP request, for "status". */
  readonly response?: Source | undefined;
}

/** Behind an output whose value is "it". What came before has no meaning. */
export function onlyBehind(node: string, output: "result" | "item"): Position {
  return { at: [{ node, output }], it: { node, path: "" } };
}

/** In the case in which a node failed. */
export function behindFailure(node: string): Position {
  return { at: [{ node, output: "error" }], it: { node, path: "", isError: true } };
}

/** Behind a step at `position`. */
export function behind(position: Position, node: string, step: Step): Position {
  return {
    at: [{ node, output: step.subtype === "APPROVAL" ? "approved" : "result" }],
    it: itBehind(position.it, node, step),
    response: step.subtype === "HTTP_REQUEST" ? { node, path: "" } : position.response,
  };
}

/** A step that yields nothing leaves the meaning of "it". */
function itBehind(it: Source | undefined, node: string, step: Step): Source | undefined {
  if (step.yields === "output") return { node, path: "" };
  if (step.yields === "body") return { node, path: ".body" };
  // A request without a body yields its response, like a request that fetches.
  return step.subtype === "HTTP_REQUEST" && it === undefined ? { node, path: ".body" } : it;
}

/** The values that a node at `position` can use. */
export function scopeAt(position: Position, trigger: string | undefined): Scope {
  const itIs = position.it?.isError === true ? "the error" : undefined;
  return { it: pathTo(position.it, position, trigger), itIs, response: pathTo(position.response, position, trigger) };
}

/** `input` is the node directly before. An earlier node is `nodes.<id>`, and the trigger is `trigger`. */
function pathTo(source: Source | undefined, { at }: Position, trigger: string | undefined): string | undefined {
  if (source === undefined) return undefined;
  const [end, another] = at;
  const isNext = another === undefined && end?.node === source.node;
  const isDirect = isNext && (end.output === "error") === (source.isError === true);
  if (source.isError === true && !isDirect) return undefined;
  const node = source.node === trigger ? "trigger" : `nodes.${source.node}`;
  return `${isDirect ? "input" : node}${source.path}`;
}
