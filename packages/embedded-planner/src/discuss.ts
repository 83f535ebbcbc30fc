import { quoteWords } from "./dialogue/leftover-question.ts";
import { isWhole } from "./dialogue/new-request.ts";
import { orderIn } from "./dialogue/orders.ts";
import { firstHole } from "./dialogue/questions.ts";
import { layOut } from "./draft/layout.ts";
import { answer, draftOrAsk } from "./draft-or-ask.ts";
import type { OpenRequest, Plan } from "./plan.ts";
import { change, replay, type State, withoutLastChange } from "./replay.ts";
import { read } from "./understand/read.ts";

const UNDO =
  /^(?:(?:please|no|oh|sorry|ok(?:ay)?),? )*(?:undo|revert|go back|take (?:it|that) back)(?: (?:it|that|this|the last (?:change|edit|one)))?(?: please)?[.!]?$/i;
const MEANT = /^(?:no|nope|sorry|not that|wrong)?[,.;:]? ?(?:i|we) meant(?: to say)?:? /i;
const WHY = /^(?:why|how come|what for)\b/i;

/** Changes of one draft. Beyond them its texts are long, and every message reads them all again. */
const MAX_CHANGES = 40;

/** The answer to a message about the draft: a change, or a question about it. `undefined`: the message is about something else. */
export function discuss(text: string, draft: OpenRequest): Plan | undefined {
  const order = orderIn(text);
  if (order === "start-again") {
    return { kind: "answer", text: "The draft is gone. What would you like to automate?", order: "start-again" };
  }
  const state = replay(draft);
  if (firstHole(state.program, layOut(state.program)) !== undefined) return undefined;
  if (order === "show") return draftOrAsk(state.program, draft);
  if (WHY.test(text)) return answer(reason(draft));
  if (UNDO.test(text)) return undo(draft);
  const said = text.replace(MEANT, "");
  if (isWhole(said, read(said))) return undefined;
  const corrected = said === text ? undefined : withoutLastChange(draft);
  const again = corrected && edit(said, corrected, replay(corrected));
  return again?.kind === "draft" ? again : edit(said, draft, state);
}

function edit(said: string, draft: OpenRequest, state: State): Plan | undefined {
  const changed = change(state, said);
  if (changed === undefined) return undefined;
  if (changed.kind === "refused") return answer(`Your draft stays as it is. ${changed.why}`);
  if (draft.answers.length >= MAX_CHANGES) {
    return answer(
      `Your draft stays as it is: ${MAX_CHANGES} messages have changed it. Say the whole request once more.`,
    );
  }
  const plan = draftOrAsk(changed.state.program, { ...draft, answers: [...draft.answers, said] }, changed.says);
  if (plan.kind !== "question" || ASKABLE.has(plan.question.id)) return plan;
  return answer(`Your draft stays as it is, because that change leaves a gap: ${plan.question.text}`);
}

/** Questions that belong to a change. Any other one means that the change breaks the draft. */
const ASKABLE: ReadonlySet<string> = new Set([
  "case",
  "time",
  "day",
  "days",
  "interval",
  "time_zone",
  "url",
  "text",
  "duration",
]);

function undo(draft: OpenRequest): Plan {
  const earlier = withoutLastChange(draft);
  if (earlier === undefined) return answer("Your draft stays as it is: it has no change to undo.");
  return draftOrAsk(replay(earlier).program, earlier, ["I took the last change back."]);
}

function reason({ request, answers }: OpenRequest): string {
  const words = quoteWords([request, ...answers].slice(-4).map((each) => each.slice(0, 300).toWellFormed()));
  return `Every step comes from your words: ${words}. Your draft stays as it is; say what should be different, for instance "drop the approval" or "make it 8:30".`;
}
