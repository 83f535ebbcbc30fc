/**
 * Answers a prompt with sentences of a text: those whose words occur most in the text and in the prompt (H. P. Luhn, "The Automatic
 * Creation of Literature Abstracts", 1958). Pure: the same input gives the same answer. It never writes a word of its own.
 */
import type { JsonValue } from "@bufbuild/protobuf";

/** What sentences of the input can answer. */
const EXTRACTIVE =
  /\b(?:summar\w*|sum(?: it| this| that| them)? up|tl;?dr|shorten|condense|brief(?:ly)?|digest|overview|extract|pick|select|choose|find|list|highlights?|key (?:points?|facts?)|main points?|gist)\b/i;

/** Nothing but a model does these, whatever else the prompt says. */
const GENERATIVE =
  /\b(?:translat\w*|write|compose|reply|answer|rewrite|rephrase|invent|poem|in (?:german|french|spanish|italian|english))\b/i;

/** Of a longer text the beginning counts: ranking takes time in the square of it. */
const MAX_TEXT_CHARACTERS: number = 64 * 1024;
const MAX_SENTENCES = 500;

const DEFAULT_SENTENCES = 3;
const COUNT = /\b(one|two|three|four|five|[1-9])(?: short)? (?:sentences?|lines?|points?|bullets?|items?)\b/i;
const NUMBERS: readonly string[] = ["one", "two", "three", "four", "five"];

const WORD = /[\p{L}\p{N}]{2,}/gu;
const STOP_WORDS: ReadonlySet<string> = new Set(
  "about after all also an and any are as at be been before but by can could did do does for from had has have he her his how if in into is it its me more most my no not of on only or our out over she so some such than that the their them then there these they this to too up us was we were what when which who will with would you your".split(
    " ",
  ),
);

const TAGS = /<(script|style)\b[\s\S]*?<\/\1>|<[^>]+>/gi;
const SENTENCE_END = /(?<=[.!?])\s+|\n+/;

export function isExtractive(prompt: string): boolean {
  return EXTRACTIVE.test(prompt) && !GENERATIVE.test(prompt);
}

/** The sentences that answer best, in the order of the text; the text itself when it has no more. */
export function extract(prompt: string, input: JsonValue): string {
  const sentences = sentencesOf(input);
  const count = countIn(prompt);
  if (sentences.length <= count) return sentences.join(" ");
  const weights = weightsOf(sentences, prompt);
  const best = sentences
    .map((sentence, at) => ({ at, score: scoreOf(sentence, weights) }))
    .toSorted((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, count)
    .toSorted((a, b) => a.at - b.at);
  return best.map(({ at }) => sentences[at]).join(" ");
}

function sentencesOf(input: JsonValue): readonly string[] {
  const texts = [...textsIn(contentOf(input))];
  const text = (texts.length > 0 ? texts.join("\n") : JSON.stringify(input)).slice(0, MAX_TEXT_CHARACTERS);
  return text
    .replace(TAGS, "\n")
    .split(SENTENCE_END)
    .map((sentence) => sentence.replace(/\s+/g, " ").trim())
    .filter((sentence) => sentence !== "")
    .slice(0, MAX_SENTENCES);
}

/** Of the output of an HTTP_REQUEST its body: prompts are not about headers. */
export function contentOf(input: JsonValue): JsonValue {
  const isObject = input !== null && typeof input === "object" && !Array.isArray(input);
  return isObject && "status" in input && "headers" in input ? (input["body"] ?? null) : input;
}

/** The texts of a value, and what is not text in an object that has some, as "name: value". */
function* textsIn(value: JsonValue): Generator<string> {
  if (typeof value === "string") yield value;
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) for (const item of value) yield* isFlat(item) ? [lineOf(item)] : textsIn(item);
  else for (const member of Object.values(value)) yield* textsIn(member);
}

/** An object of plain values is one line of a list. */
function isFlat(value: JsonValue): value is { readonly [name: string]: JsonValue } {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  return isObject && Object.values(value).every((member) => member === null || typeof member !== "object");
}

function lineOf(value: { readonly [name: string]: JsonValue }): string {
  return Object.entries(value)
    .map(([name, member]) => `${name}: ${typeof member === "string" ? member : JSON.stringify(member)}`)
    .join(", ");
}

function countIn(prompt: string): number {
  const said = COUNT.exec(prompt)?.[1]?.toLowerCase();
  if (said === undefined) return DEFAULT_SENTENCES;
  const named = NUMBERS.indexOf(said);
  return named >= 0 ? named + 1 : Number(said);
}

/** What a word of the prompt weighs, in occurrences of the most frequent word: one such word outweighs a long sentence. */
const PROMPT_WEIGHT = 3;

/** How often each word occurs, and more for a word of the prompt. */
function weightsOf(sentences: readonly string[], prompt: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const word of sentences.flatMap(wordsOf)) weights.set(word, (weights.get(word) ?? 0) + 1);
  const most = Math.max(0, ...weights.values());
  for (const word of wordsOf(prompt))
    if (weights.has(word)) weights.set(word, (weights.get(word) ?? 0) + PROMPT_WEIGHT * most);
  return weights;
}

/** By the root of its length, so that neither the longest nor the shortest sentence wins by that alone. */
function scoreOf(sentence: string, weights: ReadonlyMap<string, number>): number {
  const words = wordsOf(sentence);
  if (words.length === 0) return 0;
  const sum = [...new Set(words)].reduce((total, word) => total + (weights.get(word) ?? 0), 0);
  return sum / Math.sqrt(words.length);
}

function wordsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(WORD) ?? []).filter((word) => !STOP_WORDS.has(word));
}
