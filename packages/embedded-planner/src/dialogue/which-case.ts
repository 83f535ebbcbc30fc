import type { Hole, Item, Program, StepItem } from "../program.ts";
import type { Reading } from "../reading.ts";
import { lastCase } from "../understand/structure.ts";

/** An answer to "in which case?", and the items that stand before the step then. */
interface Case {
  readonly option: string;
  readonly said: RegExp;
  readonly items: readonly Item[];
}

const ANY: Case = {
  option: "in any case",
  said: /^(?:in )?(?:any|either|each|every|both) cases?$|^always$/i,
  items: [{ kind: "join" }],
};

const OF_BRANCH: readonly Case[] = [
  {
    option: "only in that case",
    said: /^only(?: (?:then|in that case|if .*))?$|^(?:in )?that case$/i,
    items: [],
  },
  ANY,
];

const OF_FAILURE: readonly Case[] = [
  {
    option: "only after the failure",
    said: /^(?:only )?(?:(?:after|on) (?:the|a) failure|(?:if|when) it fails|then|in that case)$/i,
    items: [],
  },
  {
    option: "only without a failure",
    said: /^(?:only )?(?:without (?:a|the) failure|(?:if|when) it (?:works|succeeds|does not fail|doesn't fail))$/i,
    items: [{ kind: "otherwise" }],
  },
  ANY,
];

function forEach(noun: string, items: readonly Item[]): Case {
  return { option: `for each ${noun}`, said: /^(?:for )?(?:each|every)(?: [\p{L}-]+)?(?: of them)?$/iu, items };
}

const AFTERWARDS: Case = {
  option: "once afterwards",
  said: /^(?:only )?once(?: (?:afterwards|after (?:that|the last one|all of them)|at the end))?$|^afterwards$/i,
  items: [{ kind: "after-each" }],
};

/** A step after a branch belongs to that case, or happens in another one too: the same words can mean both. */
export function whichCase(program: Program, item: StepItem, index: number): Hole<Program> {
  const cases = casesOf(program.items.slice(0, index));
  const options = cases.map(({ option }) => option);
  return {
    slot: "case",
    question: `Should "${item.step.name}" happen ${options.slice(0, -1).join(", ")}, or ${options.at(-1)}?`,
    options,
    fill(answer: Reading) {
      const said = cases.find((each) => answer.take(each.said) !== undefined);
      if (said === undefined) return undefined;
      const sure: StepItem = { ...item, isUnsure: false };
      return { ...program, items: program.items.toSpliced(index, 1, ...said.items, sure) };
    },
  };
}

function casesOf(before: readonly Item[]): readonly Case[] {
  const opened = lastCase(before);
  const loop = openLoop(before);
  if (loop < 0) return opened?.kind === "failure" ? OF_FAILURE : OF_BRANCH;
  const noun = nounOf(before[loop]);
  if (opened?.kind === "each") return [forEach(noun, []), AFTERWARDS];
  const [inCase, ...others] = opened?.kind === "failure" ? OF_FAILURE : OF_BRANCH;
  // "In any case" would leave a branch that was opened before the loop, and with it the loop.
  const isOutermost = !before.slice(0, loop).some(({ kind }) => kind !== "step");
  const each = isOutermost ? [...others.slice(0, -1), forEach(noun, [{ kind: "join" }])] : [];
  return [...(inCase === undefined ? [] : [inCase]), ...each, AFTERWARDS];
}

/** Index of the loop in which the items end; -1 outside of loops. */
function openLoop(items: readonly Item[]): number {
  const loop = items.findLastIndex(({ kind }) => kind === "each");
  return items.findLastIndex(({ kind }) => kind === "after-each") > loop ? -1 : loop;
}

function nounOf(item: Item | undefined): string {
  return item?.kind === "each" ? item.noun : "entry";
}
