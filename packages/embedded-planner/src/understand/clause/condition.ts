import type { Item } from "../../program.ts";
import { type Clause, readingOf } from "../clauses.ts";
import { readCondition } from "../condition.ts";
import { isAboutDecision, readDecision } from "../decision.ts";
import type { PartialRequest } from "../partial-request.ts";

/** "If total is over 5": a branch for the steps behind it, or for the step before it. */
export function readBranch(request: PartialRequest, clause: Clause, next: Clause | undefined): void {
  const { structure } = request;
  const reading = readingOf(clause);
  const condition = readCondition(reading, clause.text, request.nouns);
  if (condition === undefined) return;
  request.claim(clause, reading);
  const nested = request.isAfterThen || structure.items.at(-1)?.kind !== "step";
  const item: Item = { kind: "if", condition, negated: clause.connector === "unless", nested };
  if (!nested && structure.isGated()) request.doubt(clause, "it may concern what you approve, or what comes before");
  const isLast = next?.sentence !== clause.sentence || ["otherwise", "join", "schedule"].includes(next.connector);
  if (!mayTrail(request, clause) || (!isLast && clause.setOff !== "nothing")) {
    structure.push(item);
    return;
  }
  // "post it to A if X and tell #b", "post it to A and tell #b if X": the condition may apply to one step or to both.
  if (!isLast || structure.hasSeveralEffects())
    request.doubt(clause, "it may govern one thing that you ask for, or both");
  structure.pushBeforeLast(item);
}

/** A condition may apply to the step before it in the same sentence, unless that step fetches the data that the condition reads. */
function mayTrail({ structure, stepSentence, isAfterThen }: PartialRequest, { sentence }: Clause): boolean {
  const last = structure.items.at(-1);
  return last?.kind === "step" && last.step.yields === "nothing" && stepSentence === sentence && !isAfterThen;
}

/** "When total is over 5" names a condition and not when the workflow checks it, which has to be asked. */
export function readWatch(request: PartialRequest, clause: Clause, next: Clause | undefined): void {
  const before = request.structure.items.length;
  readBranch(request, clause, next);
  if (request.structure.items.length > before && request.trigger.known === undefined) request.trigger.ask(clause.text);
}

/** "If I reject it": an answer to the last approval. Returns false if the clause is about something else. */
export function readAnswer(request: PartialRequest, clause: Clause): boolean {
  if (request.structure.lastApproval() < 0) return false;
  const output = readDecision(clause.text);
  // True stops here, so that its words are leftovers and not a field of the response.
  if (output === undefined) return isAboutDecision(clause.text);
  request.structure.push({ kind: "decision", output });
  request.coverage.claim(clause.span);
  request.claim(clause);
  return true;
}

/** "Otherwise" opens the other case, "finally" ends all cases. Returns false if the clause has neither. */
export function readMark(request: PartialRequest, clause: Clause): boolean {
  const { structure } = request;
  if (clause.connector === "join") return structure.push({ kind: "join" });
  if (clause.connector !== "otherwise" || structure.freeCases() <= 0) return false;
  const why = structure.otherwiseDoubt();
  if (why !== undefined) request.doubt({ ...clause, text: `otherwise ${clause.text}`.trim() }, why);
  return structure.push({ kind: "otherwise" });
}
