import { QuestionSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { aboutDraft } from "./dialogue/draft-talk.ts";
import { explain } from "./dialogue/explain.ts";
import { isWhole, takeNew } from "./dialogue/new-request.ts";
import { toReport } from "./dialogue/not-understood.ts";
import { applyAnswer, firstHole } from "./dialogue/questions.ts";
import { smallTalk } from "./dialogue/small-talk.ts";
import { toSpec } from "./draft/graph.ts";
import { layOut } from "./draft/layout.ts";
import type { OpenRequest, Plan, PlanInput } from "./plan.ts";
import type { Hole, Program } from "./program.ts";
import { ENGLISH_ONLY, isForeign } from "./understand/language.ts";
import { normalise } from "./understand/normalise.ts";
import { isRequest, toProgram, understand } from "./understand/understand.ts";

/** Name and version of this planner. The version changes whenever the same input leads to another plan. */
export const EMBEDDED_PLANNER = "embedded/2";

/** The contract's limit for the nodes of a spec. */
const MAX_NODES = 100;

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
  if (input.open !== undefined && !isNew) return continueRequest(input, input.open, text);
  if (isForeign(text)) return answer(ENGLISH_ONLY);
  const talk = isNew ? undefined : aboutDraft(text, input);
  if (talk !== undefined) return answer(talk);
  const understood = understand(text);
  if (!isRequest(understood)) return answer(smallTalk(text, understood.leftovers));
  return draftOrAsk(toProgram(understood), { request: text, answers: [] }, input);
}

/** The message answers the question of the open request, gives the request up, or is another request. */
function continueRequest(input: PlanInput, open: OpenRequest, text: string): Plan {
  const program = replay(open);
  const placed = layOut(program);
  const hole = firstHole(program, placed);
  if (hole === undefined) return draftOrAsk(program, open, input);
  const filled = applyAnswer(program, placed, text);
  if (filled !== undefined) return draftOrAsk(filled, { ...open, answers: [...open.answers, text] }, input);
  if (NEVER_MIND.test(text)) return answer("All right, I leave it. What would you like to automate?");
  const understood = understand(text);
  const saysAnew = hole.slot === "not_understood";
  if (isWhole(text, understood, saysAnew)) {
    return draftOrAsk(toProgram(understood), { request: text, answers: [] }, input);
  }
  return ask(hole, open, isForeign(text) ? ENGLISH_ONLY : "That does not answer it yet.");
}

/** The program after the answers so far. */
function replay({ request, answers }: OpenRequest): Program {
  let program = toProgram(understand(request));
  for (const answer of answers) program = applyAnswer(program, layOut(program), answer) ?? program;
  return program;
}

function draftOrAsk(program: Program, open: OpenRequest, input: PlanInput): Plan {
  const placed = layOut(program);
  if (placed.length > MAX_NODES) {
    return answer(`That makes ${placed.length} steps, and a workflow has at most ${MAX_NODES}. Can you split it?`);
  }
  const hole = firstHole(program, placed);
  if (hole !== undefined) return ask(hole, open, "I need one thing before I can draft that.");
  const spec = toSpec(placed, [open.request, ...open.answers].join("; "));
  const notUnderstood = toReport(program.leftOut);
  return { kind: "draft", text: explain(placed, spec, notUnderstood, input.conversationId), spec, notUnderstood };
}

function ask({ slot, question: text, options }: Hole<Program>, open: OpenRequest, opening: string): Plan {
  const question = create(QuestionSchema, { id: slot, text, options: [...options], required: true });
  return { kind: "question", text: `${opening} ${text}`, question, open };
}

function answer(text: string): Plan {
  return { kind: "answer", text };
}
