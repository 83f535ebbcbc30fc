import type { Program, StepItem } from "../program.ts";
import { Reading } from "../reading.ts";
import { takeUrl } from "../url.ts";
import { changed, type Edited, refused } from "./edit.ts";

const CHANGE =
  /^(?:use|take|change|set|replace|swap|switch)\b|^(?:make it|post|send|fetch|get|call)\b.*\b(?:instead|rather)\b/i;

/** "use https://b.test/hook instead", "replace https://a.test with https://b.test". */
export function readdress(text: string, program: Program): Edited | undefined {
  if (!CHANGE.test(text)) return undefined;
  const reading = new Reading(text);
  const urls = [takeUrl(reading), takeUrl(reading)].filter((url) => url !== undefined);
  const words = reading
    .rest()
    .replace(/\s+/g, " ")
    .replace(/[.!?]$/, "")
    .trim();
  if (urls.length === 0 || !SHAPE.test(words)) return undefined;
  const requests = program.items.flatMap((item, index) =>
    item.kind === "step" && item.step.readdress !== undefined ? [{ item, index }] : [],
  );
  const old = requests.filter(({ item }) => urls.includes(item.step.url ?? ""));
  const url = urls.find((each) => !old.some(({ item }) => item.step.url === each)) ?? "";
  const meant = urls.length > 1 ? old : requests.filter(({ item }) => fitsVerb(item, words));
  const [only] = meant;
  if (only === undefined) return refused(`No request goes to ${urls.join(" or ")}, so there is nothing to replace.`);
  if (meant.length > 1) {
    const list = meant.map(({ item }) => item.step.url).join(" or ");
    return refused(
      `Which URL should become ${url}: ${list}? Say for example "use ${url} instead of ${only.item.step.url}".`,
    );
  }
  const step = only.item.step.readdress?.(url) ?? only.item.step;
  const items = program.items.with(only.index, { ...only.item, step });
  return changed({ ...program, items }, `${only.item.step.url} is now ${url}.`);
}

/** The words around the URLs of a change. Any other word would be lost. */
const SHAPE =
  /^(?:use|take|make it|change|set|replace|swap|switch|post|send|fetch|get|call)(?: (?:it|the|that|url|address|link|endpoint|hook|webhook|to|from|with|by|for|of|instead|rather|please|in))*$/i;

function fitsVerb({ step }: StepItem, words: string): boolean {
  if (/^(?:post|send)/i.test(words)) return step.method === "POST";
  if (/^(?:fetch|get|call)/i.test(words)) return step.method === "GET";
  return true;
}
