import { eachIn, nameOfEntry } from "../../steps/for-each.ts";
import { readStep as recognise } from "../../steps/recognisers.ts";
import type { Clause } from "../clauses.ts";
import type { PartialRequest } from "../partial-request.ts";

/** "Post it to #orders", "post each order to …". Returns false if no recogniser knows the step. */
export function readStep(request: PartialRequest, clause: Clause): boolean {
  const { structure, nouns } = request;
  const { span, sentence } = clause;
  const each = structure.isInLoop() || !structure.hasList() ? undefined : eachIn(clause.text, nouns);
  const text = each === undefined ? clause.text : withIt(clause.text, each);
  // "But first ask me" after a step with an effect would have to come before that step.
  const read = recognise(text, span.start, nouns, !structure.hasEffect());
  if (read === undefined) return false;
  const { step, reading } = read;
  if (request.retriedFailure?.sentence === sentence)
    request.doubt(request.retriedFailure, "the step after it may be meant for the last failure only, or for each run");
  request.claim(clause, reading);
  if (each !== undefined && step.reads) {
    request.coverage.claim({ start: span.start + each.index, end: span.start + each.index + each[0].length });
    structure.push({ kind: "each", noun: nameOfEntry(each[1] ?? "") });
  }
  structure.push({ kind: "step", step, isUnsure: request.isUnsure(clause) });
  if (sentence !== request.stepSentence) request.sentenceStart = structure.items.length - 1;
  // A transformation of the orders still gives the orders.
  if (step.yields !== "nothing") nouns.refer(step.nouns, step.subtype !== "DATA_TRANSFORMATION");
  request.stepSentence = sentence;
  return true;
}

/** The text with "it" in the place of "each order"; every other character keeps its place. */
function withIt(text: string, { 0: words, index }: RegExpExecArray): string {
  return `${text.slice(0, index)}${"it".padEnd(words.length)}${text.slice(index + words.length)}`;
}
