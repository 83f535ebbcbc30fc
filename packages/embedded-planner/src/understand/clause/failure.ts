import { mergePolicy, takePolicy } from "../../steps/policy.ts";
import { type Clause, readingOf } from "../clauses.ts";
import { failingStep } from "../failure.ts";
import type { PartialRequest } from "../partial-request.ts";
import { readStep } from "./step.ts";

/** "Retry 3 times", "with a timeout of 5 seconds": the policy of the step before. */
export function readPolicy(request: PartialRequest, clause: Clause): void {
  const { structure, sentenceStart } = request;
  const { items } = structure;
  const reading = readingOf(clause);
  const policy = takePolicy(reading);
  if (policy === undefined) return;
  // "Call A with 3 retries" is about A; "call A and B, retry 3 times" may be about both.
  const isBehindStep = clause.setOff === "nothing" && /^with/i.test(clause.text);
  const failing = failingStep(items, "it", isBehindStep ? items.length : sentenceStart);
  if (failing === undefined) return;
  if ("why" in failing) return request.doubt(clause, failing.why);
  const item = items[failing.index];
  if (item?.kind !== "step") return;
  structure.change(failing.index, { policy: mergePolicy(item.policy, policy) });
  request.claim(clause, reading);
}

/** "If it fails tell #ops": the steps behind it follow the failure of a step before it. */
export function readFailure(request: PartialRequest, clause: Clause, next: Clause | undefined): void {
  const { structure, sentenceStart } = request;
  const { text, connectorText } = clause;
  const isAlone = text === "" && next?.sentence !== clause.sentence;
  if (isOfPolicy(request, clause, next, isAlone)) {
    request.retriedFailure = { ...clause, text: connectorText };
  } else if (isAlone) {
    return readTrailingFailure(request, clause);
  } else {
    const failing = failingStep(structure.items, connectorText, sentenceStart);
    if (failing === undefined) return;
    if ("why" in failing) return request.doubt({ ...clause, text: connectorText }, failing.why);
    request.retriedFailure = undefined;
    structure.change(failing.index, { isCaught: true });
    structure.push({ kind: "failure" });
  }
  request.claim(clause);
  if (text !== "") readStep(request, clause);
}

/**
 * "Retry 3 times if it fails", "if it fails, retry 3 times": beside a number of attempts the words add nothing. "If it still fails" is about
 * the failure behind the retries.
 */
function isOfPolicy(
  { structure }: PartialRequest,
  clause: Clause,
  next: Clause | undefined,
  isAlone: boolean,
): boolean {
  const { setOff, text, connectorText } = clause;
  if (text === "" && next?.connector === "policy") return true;
  const last = structure.items.at(-1);
  const isRetried = last?.kind === "step" && last.policy?.attempts !== undefined && !last.isCaught;
  return isRetried && (isAlone || (setOff === "nothing" && !/\bstill\b/i.test(connectorText)));
}

/** "Call A and tell #ops if it fails": the case of the failure is the step before these words. */
function readTrailingFailure(request: PartialRequest, clause: Clause): void {
  const { structure } = request;
  const { items } = structure;
  const last = items.at(-1);
  if (clause.setOff !== "nothing" || last?.kind !== "step" || last.step.yields !== "nothing") return;
  const failing = failingStep(items.slice(0, -1), clause.connectorText, 0);
  if (failing === undefined) return;
  if ("why" in failing) return request.doubt({ ...clause, text: clause.connectorText }, failing.why);
  structure.change(failing.index, { isCaught: true });
  structure.pushBeforeLast({ kind: "failure" });
  request.claim(clause);
}
