import { Reading } from "../../reading.ts";
import { manual, takeByHand } from "../../triggers/manual.ts";
import { webhook } from "../../triggers/webhook.ts";
import { takeWhen } from "../../triggers/when.ts";
import { type Clause, readingOf } from "../clauses.ts";
import { askable, isComparison, readCondition } from "../condition.ts";
import type { PartialRequest } from "../partial-request.ts";

/** "Every day at 9", if a trigger may come here. Returns false if the clause is no such schedule. */
export function readSchedule(request: PartialRequest, clause: Clause, next: Clause | undefined): boolean {
  if (!mayStart(request, clause, next)) return false;
  const reading = readingOf(clause);
  const when = takeWhen(reading);
  if (when === undefined || !request.trigger.schedule(when)) return false;
  request.claim(clause, reading);
  return true;
}

/** "When an order comes in", "when I start it", if a trigger may come here. Returns false if the clause is no such event. */
export function readEvent(request: PartialRequest, clause: Clause, next: Clause | undefined): boolean {
  return mayStart(request, clause, next) && (readWebhook(request, clause) || readByHand(request, clause));
}

/** A trigger after steps belongs to another workflow, unless it ends the request or directly follows the step before it. */
function mayStart(request: PartialRequest, { setOff, sentence }: Clause, next: Clause | undefined): boolean {
  const { isAfterThen, structure, stepSentence } = request;
  if (structure.items.length === 0 || (next === undefined && !isAfterThen)) return true;
  return setOff === "nothing" && !isAfterThen && sentence === stepSentence;
}

/** "When an order comes in and country is DE": an event, and a condition about it. */
export function readWebhook(request: PartialRequest, clause: Clause): boolean {
  if (request.trigger.known !== undefined) return false;
  const [event = "", ...rest] = clause.text.split(/(?<=\S) and (?=\S)/i);
  const reading = new Reading(event, clause.span.start);
  const trigger = webhook(reading);
  if (trigger === undefined) return false;
  request.trigger.set(trigger);
  request.nouns.learnEvent(trigger.nouns ?? []);
  request.claim(clause, reading);
  if (rest.length > 0) readFilter(request, clause, event.length + " and ".length);
  return true;
}

/** The words after the event are a condition or leftovers. */
function readFilter(request: PartialRequest, { text, span }: Clause, from: number): void {
  const words = text.slice(from);
  if (!isComparison(words)) return;
  const reading = new Reading(words, span.start + from);
  const condition = readCondition(reading, words, request.nouns);
  if (condition === undefined) return;
  request.coverage.claim(...reading.taken);
  request.structure.push({ kind: "if", condition, negated: false, nested: true });
}

export function readByHand(request: PartialRequest, clause: Clause): boolean {
  const reading = readingOf(clause);
  if (request.trigger.known !== undefined || !takeByHand(reading)) return false;
  request.trigger.set(manual({ isGiven: true }));
  request.claim(clause, reading);
  return true;
}

/** An unknown trigger is asked about at the beginning of a request. Later in a request its words are leftovers. */
export function readUnknown(
  { structure, trigger, coverage }: PartialRequest,
  { text, span, connectorSpan }: Clause,
): void {
  if (structure.items.length > 0 || trigger.step !== undefined) return;
  // More words than in "an email arrives" may restrict the event, and the answer to the question would drop them.
  const words = askable(text, 4);
  if (words === undefined || !/^[\p{L}' -]+$/u.test(words)) return;
  trigger.ask(words);
  // The question names all of these words, so they count as claimed.
  coverage.claim(connectorSpan, { start: span.start, end: span.start + words.length });
}
