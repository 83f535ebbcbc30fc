import type { Program } from "../program.ts";
import { Reading } from "../reading.ts";
import { Coverage } from "../understand/coverage.ts";
import { changed, type Edited, refused } from "./edit.ts";

const LEAD =
  /^(?:(?:make|do|run|start|schedule|set|change|move|have) (?:it|this|that|(?:the )?(?:time|schedule|trigger|start|day|days|hour))(?: to| run| start| happen| for)?|(?:rather|better)) /i;
const TAIL = /(?:,? (?:instead|rather|please))+$/i;

/** A time that needs no word before it. "5" may be a time or an amount, so it needs one. */
const CLEAR_TIME = /\d[:.]\d\d|\d ?(?:am|pm|a\.m\.|p\.m\.|o'clock)|\b(?:noon|midnight)\b|^at \d/i;

/** "make it 8:30", "every friday at 5pm instead", "at 7". Every word must belong to the schedule. */
export function reschedule(text: string, program: Program): Edited | undefined {
  const said = text.replace(LEAD, "").replace(TAIL, "");
  const reading = new Reading(said);
  const trigger = program.trigger.retime?.(reading, CLEAR_TIME.test(said));
  const coverage = new Coverage(said);
  coverage.claim(...reading.taken);
  if (trigger === undefined || coverage.leftovers().length > 0) return undefined;
  const bare = /^\d{1,2}$/.exec(said)?.[0];
  if (bare !== undefined && program.items.some((item) => item.kind === "if" && /\d/.test(item.condition.words))) {
    return refused(
      `Is ${bare} the time or the amount? Say for example "make it ${bare}:00" or "change the condition to ${bare}".`,
    );
  }
  if (program.trigger.subtype === "WEBHOOK") {
    return refused(
      "A webhook starts this draft. Say the whole request once more, with a schedule and where the data comes from.",
    );
  }
  return changed(
    { ...program, trigger },
    `It now starts ${trigger.name.charAt(0).toLowerCase()}${trigger.name.slice(1)}.`,
  );
}
