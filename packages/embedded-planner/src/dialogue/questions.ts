import type { Placed } from "../draft/layout.ts";
import type { Hole, Item, Program, Step, StepItem } from "../program.ts";
import { Reading } from "../reading.ts";
import { fetchUrl } from "../steps/http-request.ts";
import { Coverage } from "../understand/coverage.ts";
import { understand } from "../understand/understand.ts";
import { reword, unplaced } from "./unplaced.ts";

/** Answers that name themselves, so that they are welcome before they are asked for. */
const RECOGNISABLE: ReadonlySet<string> = new Set(["url", "source", "time", "days", "day", "time_zone", "interval"]);

/** What has to be asked before the program can be drafted; the first in reading order. */
export function firstHole(program: Program, placed: readonly Placed[]): Hole<Program> | undefined {
  return holes(program, placed).next().value ?? undefined;
}

/** The program with the answer in the hole that was asked about, or in a later one; every word of it must fit. */
export function answered(program: Program, placed: readonly Placed[], answer: string): Program | undefined {
  let isFirst = true;
  for (const hole of holes(program, placed)) {
    const filled = isFirst || RECOGNISABLE.has(hole.slot) ? filledBy(hole, answer) : undefined;
    if (filled !== undefined) return filled;
    isFirst = false;
  }
  return undefined;
}

function filledBy(hole: Hole<Program>, answer: string): Program | undefined {
  const reading = new Reading(answer);
  const program = hole.fill(reading);
  const coverage = new Coverage(answer);
  coverage.claim(...reading.taken);
  return coverage.leftovers().length === 0 ? program : undefined;
}

function* holes(program: Program, placed: readonly Placed[]): Generator<Hole<Program>> {
  const { trigger, items, leftovers } = program;
  // Questions about what may have been misunderstood would be of no use.
  if (leftovers.length > 0) return yield unplaced(program, leftovers);
  if (trigger.hole !== undefined) yield mapHole(trigger.hole, (filled) => ({ ...program, trigger: filled }));
  if (!items.some(({ kind }) => kind === "step")) yield missingSteps(program);
  for (const { step, scope, item, why } of placed) {
    if (item === undefined) continue;
    if (why !== undefined) yield reword(why);
    const hole =
      itemHole(program, item) ?? (step.reads && scope.it === undefined ? noIt(program, step, item) : undefined);
    if (hole !== undefined) yield hole;
  }
}

function itemHole(program: Program, index: number): Hole<Program> | undefined {
  const item = program.items[index];
  if (item?.kind === "step" && item.isUnsure) return whichCase(program, item, index);
  if (item?.kind === "step" && item.step.hole !== undefined) {
    return mapHole(item.step.hole, (step) => replaced(program, index, 1, { ...item, step }));
  }
  if (item?.kind !== "if") return undefined;
  if (item.condition.hole !== undefined) {
    return mapHole(item.condition.hole, (condition) => replaced(program, index, 1, { ...item, condition }));
  }
  const next = program.items[index + 1];
  if (next?.kind === "step" || next?.kind === "if") return undefined;
  return stepsHole(program, `What should happen ${item.negated ? "unless" : "if"} ${item.condition.words}?`, index + 1);
}

/** A step behind a branch belongs to it, or happens in each case; both are said in the same words. */
function whichCase(program: Program, item: StepItem, index: number): Hole<Program> {
  return {
    slot: "case",
    question: `Should "${item.step.name}" happen only in that case, or in any case?`,
    options: ["only in that case", "in any case"],
    fill(answer) {
      const sure: StepItem = { ...item, isUnsure: false };
      if (answer.take(/^(?:in )?(?:any|either|each|every|both) cases?$|^always$/i) !== undefined) {
        return replaced(program, index, 1, { kind: "join" }, sure);
      }
      if (answer.take(/^only(?: (?:then|in that case|if .*))?$|^(?:in )?that case$/i) === undefined) return undefined;
      return replaced(program, index, 1, sure);
    },
  };
}

/** The step speaks of "it" and nothing before it has yielded anything. */
function noIt(program: Program, step: Step, index: number): Hole<Program> {
  if (step.withoutIt !== undefined) {
    return mapHole(step.withoutIt, (filled) =>
      replaced(program, index, 1, { kind: "step", step: filled, isUnsure: false }),
    );
  }
  return {
    slot: "source",
    question: `Which URL should it fetch first? "${step.name}" needs something to work on.`,
    options: [],
    fill(answer) {
      const fetched = fetchUrl(answer);
      return fetched && replaced(program, index, 0, { kind: "step", step: fetched, isUnsure: false });
    },
  };
}

function missingSteps(program: Program): Hole<Program> {
  const start = program.trigger.sentence({});
  return stepsHole(program, `${start}: and what should happen then?`, program.items.length);
}

function stepsHole(program: Program, question: string, at: number): Hole<Program> {
  return {
    slot: "steps",
    question,
    options: [],
    fill(answer: Reading) {
      const { items, trigger, leftovers } = understand(answer.take(/.+/)?.[0] ?? "");
      // With a trigger of its own it is a request of its own.
      if (trigger !== undefined || !items.some(({ kind }) => kind === "step")) return undefined;
      const more = replaced(program, at, 0, ...items);
      return { ...more, leftovers: [...program.leftovers, ...leftovers] };
    },
  };
}

function replaced(program: Program, index: number, count: number, ...items: readonly Item[]): Program {
  return { ...program, items: program.items.toSpliced(index, count, ...items) };
}

/** The same question, whose answer fills something larger. */
function mapHole<A, B>(hole: Hole<A>, map: (filled: A) => B): Hole<B> {
  const { slot, question, options } = hole;
  return {
    slot,
    question,
    options,
    fill(answer) {
      const filled = hole.fill(answer);
      return filled === undefined ? undefined : map(filled);
    },
  };
}
