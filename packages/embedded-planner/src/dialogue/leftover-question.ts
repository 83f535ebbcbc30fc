import type { Hole, Leftover, Program } from "../program.ts";
import { toProgram, understand } from "../understand/understand.ts";
import { hints } from "./hints.ts";
import { toReport } from "./not-understood.ts";

const LEAVE_OUT =
  /^(?:(?:please )?(?:leave|skip|ignore|drop|omit) (?:it|that|them|those|this)(?: out)?|(?:go on |do it )?without (?:it|that|them))[.!]?$/i;

const SAY_ANEW = "Please say the whole request once more, in other words.";

/** The question about the leftovers. "Leave it out" is a valid answer only if no leftover is binding. */
export function leftoverQuestion(program: Program, leftovers: readonly Leftover[]): Hole<Program> {
  const words = toReport(leftovers.map((leftover) => leftover.words));
  const isOptional = leftovers.every(({ binding }) => !binding);
  return {
    slot: "not_understood",
    question: [...describeLeftovers(leftovers), isOptional ? leaveOut(words.length) : SAY_ANEW].join(" "),
    options: isOptional ? ["leave it out"] : [],
    fill(answer) {
      if (!isOptional || answer.take(LEAVE_OUT) === undefined) return undefined;
      return { ...program, leftovers: [], leftOut: [...program.leftOut, ...words] };
    },
  };
}

/** The words are one slip of the keyboard away from a request that is understood. */
export function meantQuestion(program: Program, meant: string): Hole<Program> {
  return {
    slot: "meaning",
    question: `Do you mean: ${meant}?`,
    options: ["yes", "no"],
    fill(answer) {
      if (answer.take(/^(?:yes|yep|yeah|ja|ok(?:ay)?|right|correct|exactly|i do)[.!]?$/i) !== undefined) {
        return toProgram(understand(meant));
      }
      return answer.take(/^(?:no|nope|wrong)[.!]?$/i) === undefined ? undefined : { ...program, meant: undefined };
    },
  };
}

/** Sentences that name the unknown words, the words with two meanings, and hints. */
export function describeLeftovers(leftovers: readonly Leftover[]): readonly string[] {
  const unknown = toReport(leftovers.flatMap(({ words, why }) => (why === undefined ? words : [])));
  const doubts = leftovers.flatMap(({ words, why }) =>
    why === undefined ? [] : `I am not sure about "${words}": ${why}.`,
  );
  return [
    ...(unknown.length === 0 ? [] : [`I do not understand ${quoteWords(unknown)}.`]),
    ...doubts,
    ...hints(unknown.join(" ")),
  ];
}

function leaveOut(count: number): string {
  return `Shall I leave ${count > 1 ? "them" : "it"} out? Or say the whole request once more, in other words.`;
}

/** A question with only one valid answer: the whole request in other words. */
export function reword(why: string): Hole<Program> {
  return { slot: "not_understood", question: `${why} ${SAY_ANEW}`, options: [], fill: () => undefined };
}

export function quoteWords(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word.replaceAll('"', "'")}"`);
  return quoted.length < 2 ? (quoted[0] ?? "") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}
