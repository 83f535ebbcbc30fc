import type { Placed } from "../draft/placed.ts";
import type { Hole, Item, Program, Step } from "../program.ts";
import { Reading } from "../reading.ts";
import { fetchFrom } from "../steps/http-request.ts";
import { Coverage } from "../understand/coverage.ts";
import { understand } from "../understand/understand.ts";
import { leftoverQuestion, meantQuestion, reword } from "./leftover-question.ts";
import { whichCase } from "./which-case.ts";

/** Slots with an unmistakable answer, such as a URL: it is accepted before its question. */
const RECOGNISABLE: ReadonlySet<string> = new Set(["url", "source", "time", "days", "day", "time_zone", "interval"]);

/** The question that must be answered first, in reading order; `undefined` if the program can be drafted. */
export function firstHole(program: Program, placed: readonly Placed[]): Hole<Program> | undefined {
  return holes(program, placed).next().value ?? undefined;
}

/**
 * The program with the answer in its first hole, or in a later one with an unmistakable answer. `undefined` if a word of the
 * answer fits in no hole.
 */
export function applyAnswer(program: Program, placed: readonly Placed[], answer: string): Program | undefined {
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
  // Other questions come later: the leftovers may change what the rest means.
  if (program.meant !== undefined) return yield meantQuestion(program, program.meant);
  if (leftovers.length > 0) return yield leftoverQuestion(program, leftovers);
  if (trigger.hole !== undefined) yield mapHole(trigger.hole, (filled) => ({ ...program, trigger: filled }));
  if (!items.some(({ kind }) => kind === "step")) yield missingSteps(program);
  const failure = items.findIndex(({ kind }, index) => kind === "failure" && items[index + 1]?.kind !== "step");
  for (const { step, scope, item, why } of placed) {
    if (item === undefined) continue;
    if (why !== undefined) yield reword(why);
    const hole =
      itemHole(program, item) ?? (step.reads && scope.it === undefined ? missingInput(program, step, item) : undefined);
    if (hole !== undefined) yield hole;
  }
  if (failure >= 0) yield stepsHole(program, "What should happen if it fails?", failure + 1);
}

function itemHole(program: Program, index: number): Hole<Program> | undefined {
  const item = program.items[index];
  if (item?.kind === "step" && item.isUnsure) return whichCase(program, item, index);
  if (item?.kind === "step" && item.step.hole !== undefined) {
    return mapHole(item.step.hole, (step) => withItems(program, index, 1, { ...item, step }));
  }
  if (item?.kind === "each") return emptyCase(program, index, `What should happen for each ${item.noun}?`);
  if (item?.kind !== "if") return undefined;
  if (item.condition.hole !== undefined) {
    return mapHole(item.condition.hole, (condition) => withItems(program, index, 1, { ...item, condition }));
  }
  return emptyCase(program, index, `What should happen ${item.negated ? "unless" : "if"} ${item.condition.words}?`);
}

/** Asks for the steps of a case that has none. */
function emptyCase(program: Program, index: number, question: string): Hole<Program> | undefined {
  const next = program.items[index + 1]?.kind;
  return next === "step" || next === "if" || next === "each" ? undefined : stepsHole(program, question, index + 1);
}

/** The step needs "it", and no step before it yields data. */
function missingInput(program: Program, step: Step, index: number): Hole<Program> {
  if (step.withoutIt !== undefined) {
    return mapHole(step.withoutIt, (filled) =>
      withItems(program, index, 1, { kind: "step", step: filled, isUnsure: false }),
    );
  }
  return {
    slot: "source",
    question: `Which URL should it fetch first? "${step.name}" needs something to work on.`,
    options: [],
    fill(answer) {
      const fetched = fetchFrom(answer);
      return fetched && withItems(program, index, 0, { kind: "step", step: fetched, isUnsure: false });
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
      // With a trigger the message is a request of its own.
      if (trigger !== undefined || !items.some(({ kind }) => kind === "step")) return undefined;
      const more = withItems(program, at, 0, ...items);
      return { ...more, leftovers: [...program.leftovers, ...leftovers] };
    },
  };
}

function withItems(program: Program, index: number, count: number, ...items: readonly Item[]): Program {
  return { ...program, items: program.items.toSpliced(index, count, ...items) };
}

/** The same question; `map` puts the filled part into a larger value. */
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
