import { aboutDraft } from "./dialogue/draft-talk.ts";
import { isWhole, takeNew } from "./dialogue/new-request.ts";
import { isYes, type Order, orderIn } from "./dialogue/orders.ts";
import { applyAnswer, firstHole } from "./dialogue/questions.ts";
import { smallTalk } from "./dialogue/small-talk.ts";
import { discuss } from "./discuss.ts";
import { layOut } from "./draft/layout.ts";
import { answer, ask, draftOrAsk } from "./draft-or-ask.ts";
import type { OpenRequest, Plan, PlanInput } from "./plan.ts";
import { replay } from "./replay.ts";
import { englishOnly, isForeign } from "./understand/language.ts";
import { normalise } from "./understand/normalise.ts";
import { read, readProgram } from "./understand/read.ts";
import { isRequest } from "./understand/understand.ts";

/** Name and version of this planner. The version changes whenever the same input leads to another plan. */
export const EMBEDDED_PLANNER = "embedded/6";

/** What the person wants done with the draft as a whole, if the message is that and nothing else. */
export function orderOf(message: string): Order | undefined {
  return orderIn(normalise(message));
}

/** Whether a message says yes or no, and nothing else; undefined for any other message. */
export function agrees(message: string): boolean | undefined {
  return isYes(normalise(message));
}

const NEVER_MIND = /^(?:cancel|stop|forget (?:it|that)|never ?mind|abort)[.!]?$/i;

/**
 * Turns plain English into a workflow without a model, a key or a network. A pure function: the same input leads to the
 * same plan on every machine, to the byte. It never invents a value: it asks for missing values and for the meaning of
 * unknown words, and drafts only a request of which it understands every word.
 *
 *   message ──► clauses ──► understand ──► program ──► layOut ──► question, or graph and answer
 */
export function plan(input: PlanInput): Plan {
  const { text, isNew } = takeNew(normalise(input.message));
  if (input.open !== undefined && !isNew) return continueRequest(input.open, text);
  if (isForeign(text)) return answer(englishOnly(text));
  const about = isNew || input.draft === undefined ? undefined : discuss(text, input.draft);
  if (about !== undefined) return about;
  const talk = isNew ? undefined : aboutDraft(text, input);
  if (talk !== undefined) return { kind: "answer", ...talk };
  const understood = read(text);
  if (!isRequest(understood) && understood.meant === undefined) return answer(smallTalk(text, understood.leftovers));
  return draftOrAsk(readProgram(text), { request: text, answers: [] });
}

/** The message answers the question of the open request, gives the request up, or is another request. */
function continueRequest(open: OpenRequest, text: string): Plan {
  const { program } = replay(open);
  const placed = layOut(program);
  const hole = firstHole(program, placed);
  if (hole === undefined) return draftOrAsk(program, open);
  const filled = applyAnswer(program, placed, text);
  if (filled !== undefined) return draftOrAsk(filled, { ...open, answers: [...open.answers, text] });
  if (NEVER_MIND.test(text)) return answer("All right, I leave it. What would you like to automate?");
  const understood = read(text);
  const saysAnew = hole.slot === "not_understood" || hole.slot === "meaning";
  if (isWhole(text, understood, saysAnew)) {
    return draftOrAsk(readProgram(text), { request: text, answers: [] });
  }
  return ask(hole, open, isForeign(text) ? englishOnly(text) : "That does not answer it yet.");
}
