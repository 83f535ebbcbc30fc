import { applyAnswer, firstHole } from "./dialogue/questions.ts";
import { layOut } from "./draft/layout.ts";
import { readEdit, splitEdits } from "./edits/apply.ts";
import type { OpenRequest } from "./plan.ts";
import type { Program } from "./program.ts";
import { readProgram } from "./understand/read.ts";

/** A request as it stands after some messages: its texts, with substitutions made, and their meaning. */
export interface State {
  readonly request: string;
  readonly answers: readonly string[];
  readonly program: Program;
}

export type Changed =
  | { readonly kind: "changed"; readonly state: State; readonly says: readonly string[] }
  | { readonly kind: "refused"; readonly why: string };

/** The state after all messages. A message that neither answers nor changes anything is ignored. */
export function replay({ request, answers }: OpenRequest): State {
  return answers.reduce(next, begin(request));
}

function begin(request: string): State {
  return { request, answers: [], program: readProgram(request) };
}

function next(state: State, message: string): State {
  const placed = layOut(state.program);
  if (firstHole(state.program, placed) === undefined) {
    const edited = change(state, message);
    return edited?.kind === "changed" ? edited.state : state;
  }
  const program = applyAnswer(state.program, placed, message);
  return program === undefined ? state : { ...state, answers: [...state.answers, message], program };
}

/** The state with the changes of a message; `undefined` if the message is no change. All of its changes are made, or none. */
export function change(state: State, message: string): Changed | undefined {
  const parts = splitEdits(message);
  return (parts.length > 1 ? changeAll(state, parts) : undefined) ?? changeOnce(state, message);
}

function changeAll(state: State, parts: readonly string[]): Changed | undefined {
  const says: string[] = [];
  let now = state;
  for (const part of parts) {
    const edited = changeOnce(now, part);
    if (edited?.kind !== "changed") return undefined;
    says.push(...edited.says);
    now = edited.state;
  }
  return { kind: "changed", state: now, says };
}

function changeOnce(state: State, message: string): Changed | undefined {
  const edited = readEdit(message, state.program);
  if (edited === undefined || edited.kind === "refused") return edited;
  const changed =
    edited.kind === "changed"
      ? { ...state, answers: [...state.answers, message], program: edited.program }
      : substituted(state, edited.from, edited.to);
  if (changed === undefined)
    return { kind: "refused", why: notFound(edited.kind === "substituted" ? edited.from : "") };
  return { kind: "changed", state: changed, says: [edited.says] };
}

function notFound(words: string): string {
  return `I do not find "${words}" exactly once in your request, or the request has no meaning with the new words. Say the whole request once more.`;
}

/** Reads the texts again with other words; `undefined` if the words are not in exactly one place, or the result is not whole. */
function substituted({ request, answers }: State, from: string, to: string): State | undefined {
  const texts = [request, ...answers];
  const places = texts.map((text) => occurrences(text, from));
  if (places.reduce((sum, count) => sum + count, 0) !== 1) return undefined;
  const [head = "", ...rest] = texts.map((text) =>
    text.replace(pattern(from), (_, before: string) => `${before}${to}`),
  );
  const state = replay({ request: head, answers: rest });
  const isWhole = state.answers.length === rest.length && firstHole(state.program, layOut(state.program)) === undefined;
  return isWhole ? state : undefined;
}

function occurrences(text: string, words: string): number {
  return [...text.matchAll(new RegExp(pattern(words), "giu"))].length;
}

/** The words between other characters than letters and digits: "100" is not in "1000". */
function pattern(words: string): RegExp {
  return new RegExp(`(^|[^\\p{L}\\p{N}#])${escape(words)}(?![\\p{L}\\p{N}])`, "iu");
}

function escape(words: string): string {
  return words.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** The messages without the last change and the answers to its questions; `undefined` if there was no change. */
export function withoutLastChange({ request, answers }: OpenRequest): OpenRequest | undefined {
  for (let length = answers.length - 1; length >= 0; length -= 1) {
    const earlier = { request, answers: answers.slice(0, length) };
    const { program } = replay(earlier);
    if (firstHole(program, layOut(program)) === undefined) return earlier;
  }
  return undefined;
}
