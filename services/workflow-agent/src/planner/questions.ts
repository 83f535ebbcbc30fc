import type { Placed } from "./layout.ts";
import type { Hole, Item, Program, Step } from "./program.ts";
import type { Reading } from "./reading.ts";
import { fetchUrl } from "./steps/http-request.ts";
import { understand } from "./understand.ts";

/** What has to be asked before the program can be drafted; the first in reading order. */
export function firstHole(program: Program, placed: readonly Placed[]): Hole<Program> | undefined {
  const { trigger, items } = program;
  if (trigger.hole !== undefined) return mapHole(trigger.hole, (filled) => ({ ...program, trigger: filled }));
  if (!items.some(({ kind }) => kind === "step")) return missingSteps(program);
  for (const { step, scope, item } of placed) {
    if (item === undefined) continue;
    const hole =
      itemHole(program, item) ?? (step.reads && scope.it === undefined ? noIt(program, step, item) : undefined);
    if (hole !== undefined) return hole;
  }
  return undefined;
}

function itemHole(program: Program, index: number): Hole<Program> | undefined {
  const item = program.items[index];
  if (item?.kind === "step" && item.step.hole !== undefined) {
    return mapHole(item.step.hole, (step) => replaced(program, index, 1, { kind: "step", step }));
  }
  if (item?.kind !== "if") return undefined;
  if (item.condition.hole !== undefined) {
    return mapHole(item.condition.hole, (condition) => replaced(program, index, 1, { ...item, condition }));
  }
  const next = program.items[index + 1];
  if (next?.kind === "step" || next?.kind === "if") return undefined;
  return stepsHole(program, `What should happen ${item.negated ? "unless" : "if"} ${item.condition.words}?`, index + 1);
}

/** The step speaks of "it" and nothing before it has yielded anything. */
function noIt(program: Program, step: Step, index: number): Hole<Program> {
  if (step.withoutIt !== undefined) {
    return mapHole(step.withoutIt, (filled) => replaced(program, index, 1, { kind: "step", step: filled }));
  }
  return {
    slot: "source",
    question: `Which URL should it fetch first? "${step.name}" needs something to work on.`,
    options: [],
    fill(answer) {
      const fetched = fetchUrl(answer);
      return fetched && replaced(program, index, 0, { kind: "step", step: fetched });
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
      const { items, notUnderstood } = understand(answer.take(/.+/)?.[0] ?? "");
      if (!items.some(({ kind }) => kind === "step")) return undefined;
      const more = replaced(program, at, 0, ...items);
      return { ...more, notUnderstood: [...program.notUnderstood, ...notUnderstood] };
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
