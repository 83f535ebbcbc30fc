import type { Program } from "../program.ts";
import { add } from "./add.ts";
import { drop } from "./drop.ts";
import type { Edited, Editor } from "./edit.ts";
import { followFailure } from "./follow-failure.ts";
import { move } from "./move.ts";
import { readdress } from "./readdress.ts";
import { rename } from "./rename.ts";
import { repeat } from "./repeat.ts";
import { reschedule } from "./reschedule.ts";
import { changeLimit, substitute } from "./substitute.ts";

/** In this order: "move it to 9" is a schedule, and "use A instead of B" is a URL before it is any other word. */
const EDITORS: readonly Editor[] = [
  reschedule,
  rename,
  readdress,
  changeLimit,
  drop,
  move,
  repeat,
  followFailure,
  substitute,
  add,
];

const COURTESY =
  /^(?:(?:please|no|ok(?:ay)?|actually|sorry|oh|hm+|now|and|but|can you|could you|would you|i want (?:you )?to|i'd like (?:you )?to|let's)[,.]? )+/i;

/** Where a message of several changes is split. */
const NEXT =
  /(?:,? and |, |; |\. )(?=(?:also |then |please )*(?:drop|remove|delete|skip|omit|make|change|set|use|replace|swap|add|move|rename|call it|tell|post|send|notify|wait|run it|at \d)\b)/i;

/** One change of the draft; `undefined` if the message asks for no change. */
export function readEdit(text: string, program: Program): Edited | undefined {
  const said = bare(text);
  for (const editor of EDITORS) {
    const edited = editor(said, program);
    if (edited !== undefined) return edited;
  }
  return undefined;
}

/** The changes of one message: "make it 8:30 and drop the approval". */
export function splitEdits(text: string): readonly string[] {
  return bare(text).split(NEXT).slice(0, MAX_EDITS);
}

/** More changes in one message are a new request. */
const MAX_EDITS = 8;

function bare(text: string): string {
  return text
    .replace(COURTESY, "")
    .replace(/[\s.!]+$/, "")
    .trim();
}
