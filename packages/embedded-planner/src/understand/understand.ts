import type { Item, Leftover, Program, Step } from "../program.ts";
import type { Span } from "../reading.ts";
import { type FiringWords, firingIn } from "../triggers/firing.ts";
import { manual } from "../triggers/manual.ts";
import { readAnswer, readBranch, readMark, readWatch } from "./clause/condition.ts";
import { readFailure, readPolicy } from "./clause/failure.ts";
import { readLoop } from "./clause/loop.ts";
import { readStep } from "./clause/step.ts";
import { readByHand, readEvent, readSchedule, readUnknown, readWebhook } from "./clause/trigger.ts";
import { type Clause, clauses } from "./clauses.ts";
import { isComparison } from "./condition.ts";
import { Coverage } from "./coverage.ts";
import { PartialRequest } from "./partial-request.ts";

/** The request in a message. The trigger is absent if the message does not name one. */
export interface Understanding {
  readonly trigger?: Step | undefined;
  readonly items: readonly Item[];
  readonly leftovers: readonly Leftover[];
}

/** Reads a message clause by clause. Words that no clause claims are leftovers; their meaning is never guessed. */
export function understand(message: string): Understanding {
  const words = firingIn(message);
  const scheduled = words && understandBeside(words, message);
  // Without a schedule the same words mean something else, or nothing.
  return scheduled?.trigger?.subtype === "CRON" ? scheduled : understandBeside(undefined, message);
}

/** `words`: of the schedule as a whole. The clauses are read without them. */
function understandBeside(words: FiringWords | undefined, message: string): Understanding {
  const coverage = new Coverage(message);
  coverage.claim(...(words?.spans ?? []));
  const request = new PartialRequest(coverage, words?.firing);
  const all = clauses((words?.spans ?? []).reduce(without, message));
  all.forEach((clause, index) => readClause(request, clause, all[index + 1]));
  return understood(request, all);
}

/** Other words keep their places. */
function without(message: string, { start, end }: Span): string {
  return message.slice(0, start) + " ".repeat(end - start) + message.slice(end);
}

function understood({ trigger, structure, coverage, doubts }: PartialRequest, all: readonly Clause[]): Understanding {
  const leftovers = [...coverage.leftovers(all), ...doubts, ...structure.lateApproval()];
  const { items } = structure;
  const { known, unknown } = trigger;
  // Without a step there is no request, and a question about its trigger would be of no use.
  if (known !== undefined || items.some(({ kind }) => kind === "step")) {
    return { trigger: trigger.step, items, leftovers };
  }
  return { items, leftovers: unknown === undefined ? leftovers : [...leftovers, { words: unknown, binding: true }] };
}

/** Whether the message contains a trigger or a step. */
export function isRequest({ trigger, items }: Understanding): boolean {
  return trigger !== undefined || items.length > 0;
}

/** A program without a trigger of its own gets a manual one. */
export function toProgram({ trigger, items, leftovers }: Understanding): Program {
  return { trigger: trigger ?? manual({ isGiven: false }), items, leftovers, leftOut: [] };
}

/** Adds what a clause says to the request. A clause that no reader understands stays unclaimed: it is a leftover. */
function readClause(request: PartialRequest, clause: Clause, next: Clause | undefined): void {
  const { connector, text } = clause;
  const opens = text !== "" || next !== undefined;
  if (connector === "then" || (opens && readMark(request, clause))) request.claim(clause);
  if (connector === "failure") readFailure(request, clause, next);
  else if (text !== "") readText(request, clause, next);
  request.isAfterThen = connector === "then" && text === "";
}

/** Gives the clause to the readers that its connector admits, until one understands it. */
function readText(request: PartialRequest, clause: Clause, next: Clause | undefined): void {
  switch (clause.connector) {
    case "schedule":
      if (!readSchedule(request, clause, next)) readStep(request, clause);
      return;
    case "when":
      if (readEvent(request, clause, next) || readAnswer(request, clause)) return;
      return isComparison(clause.text) ? readWatch(request, clause, next) : readUnknown(request, clause);
    case "if":
    case "unless":
      return readAnswer(request, clause) ? undefined : readBranch(request, clause, next);
    case "policy":
      return readPolicy(request, clause);
    case "each":
      return readLoop(request, clause, next);
    case "failure":
      return;
    case "none":
    case "then":
    case "otherwise":
    case "join":
      if (readStep(request, clause) || readByHand(request, clause)) return;
      // "webhook -> keep only name": the first clause may name a trigger without "when".
      if (request.structure.items.length === 0) readWebhook(request, clause);
      return;
    default:
      clause.connector satisfies never;
  }
}
