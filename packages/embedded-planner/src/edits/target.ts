import type { Item, Program } from "../program.ts";

/** Words for a kind of item. In this order: "the slack post" is a message, and "the post" a request. */
const KINDS: readonly { readonly words: RegExp; readonly fits: (item: Item) => boolean }[] = [
  { words: /^(?:manual )?(?:approval|confirmation|permission|sign-off)$/i, fits: ofSubtype("APPROVAL") },
  { words: /^(?:condition|check|if|filter|limit|threshold|branch)$/i, fits: ({ kind }) => kind === "if" },
  { words: /^(?:wait|waiting|delay|pause)$/i, fits: ofSubtype("DELAY") },
  {
    words: /^(?:slack|slack (?:message|post|notification)|message|notification|alert)$/i,
    fits: ofSubtype("SLACK"),
  },
  { words: /^(?:summary|summarizing|summarising|translation|translating|ai|model|llm)$/i, fits: ofSubtype("GENERATE") },
  { words: /^(?:fetch|fetching|get|download|call)$/i, fits: sends("GET") },
  { words: /^(?:post|posting|send|sending|upload)$/i, fits: sends("POST") },
  { words: /^(?:put|update)$/i, fits: sends("PUT") },
  { words: /^delete$/i, fits: sends("DELETE") },
];

/**
 * The places of the items that the words can mean: a kind ("the approval"), a channel, a URL, a number ("step 3", as the
 * answer counts, the trigger first), or words of a step's name.
 */
export function targets(said: string, { items }: Program): readonly number[] {
  const words = said.replace(/^(?:the|that|this|my|our) /i, "").replace(/ (?:step|node|part)$/i, "");
  const steps = items.flatMap(({ kind }, index) => (kind === "step" || kind === "if" ? [index] : []));
  const number = /^(?:step|node|number) (\d{1,2})$/i.exec(words)?.[1];
  if (number !== undefined) return steps.slice(Number(number) - 2, Number(number) - 1);
  if (/^last$/i.test(words)) return steps.slice(-1);
  const kind = KINDS.find((each) => each.words.test(words));
  if (kind !== undefined) return steps.filter((index) => kind.fits(items[index] as Item));
  const name = words.toLowerCase();
  return steps.filter((index) => isNamed(items[index] as Item, name));
}

function isNamed(item: Item, name: string): boolean {
  if (item.kind === "if") return item.condition.words.toLowerCase() === name;
  if (item.kind !== "step") return false;
  const { step } = item;
  return step.url?.toLowerCase() === name || step.name.toLowerCase() === name || step.name.endsWith(` ${name}`);
}

/** The name of an item as the answer writes it. */
export function nameOf(item: Item | undefined): string {
  if (item?.kind === "if") return `If ${item.condition.words}`;
  return item?.kind === "step" ? item.step.name : "";
}

/** Whether a case other than the main one has steps of its own. Edits do not reorder such a program. */
export function hasCases({ items }: Program): boolean {
  return items.some(({ kind }) => kind !== "step" && kind !== "if");
}

export function listSteps({ items }: Program): string {
  return items
    .filter(({ kind }) => kind === "step" || kind === "if")
    .map((item) => `"${nameOf(item)}"`)
    .join(", ");
}

function ofSubtype(subtype: string): (item: Item) => boolean {
  return (item) => item.kind === "step" && item.step.subtype === subtype;
}

function sends(method: string): (item: Item) => boolean {
  return (item) => item.kind === "step" && item.step.method === method;
}
