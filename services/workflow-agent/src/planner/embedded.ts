import { QuestionSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { explain } from "./answer.ts";
import { chunks } from "./chunks.ts";
import { aboutDraft } from "./draft-talk.ts";
import { toSpec } from "./graph.ts";
import { ENGLISH_ONLY, isForeign } from "./language.ts";
import { layOut } from "./layout.ts";
import { isWhole, takeNew } from "./new-request.ts";
import { normalise } from "./normalise.ts";
import { toReport } from "./not-understood.ts";
import type { OpenRequest, PlanInput, Planner, PlannerEvent } from "./planner.ts";
import type { Hole, Program } from "./program.ts";
import { answered, firstHole } from "./questions.ts";
import { smallTalk } from "./small-talk.ts";
import { isRequest, toProgram, understand } from "./understand.ts";

/**
 * The planner that needs no model, no key and no network: a pure function of its input, so that any instance tells the
 * same plan again, to the byte. It knows few words and never invents a value: it asks for what is missing and about what
 * it does not understand, and drafts only what it has understood to the last word.
 *
 *   message ──► clauses ──► understand ──► program ──► layOut ──► question, or graph and answer
 */
export const embeddedPlanner: Planner = { name: "embedded/2", continuation: "recompute", plan };

/** The contract's cap on the nodes of a spec. */
const MOST_NODES = 100;

const NEVER_MIND = /^(?:cancel|stop|forget (?:it|that)|never ?mind|abort)[.!]?$/i;

function* plan(input: PlanInput): Generator<PlannerEvent> {
  const { text, isNew } = takeNew(normalise(input.message));
  if (input.open !== undefined && !isNew) return yield* goOn(input, input.open, text);
  if (isForeign(text)) return yield* say(ENGLISH_ONLY);
  const talk = isNew ? undefined : aboutDraft(text, input);
  if (talk !== undefined) return yield* say(talk);
  const understood = understand(text);
  if (!isRequest(understood)) return yield* say(smallTalk(text, understood.leftovers));
  yield* draftOrAsk(toProgram(understood), { request: text, answers: [] }, input);
}

/** The message answers the question of an open request, gives it up, or is a request of its own. */
function* goOn(input: PlanInput, open: OpenRequest, text: string): Generator<PlannerEvent> {
  const program = replay(open);
  const placed = layOut(program);
  const hole = firstHole(program, placed);
  if (hole === undefined) return yield* draftOrAsk(program, open, input);
  const filled = answered(program, placed, text);
  if (filled !== undefined) return yield* draftOrAsk(filled, { ...open, answers: [...open.answers, text] }, input);
  if (NEVER_MIND.test(text)) return yield* say("All right, I leave it. What would you like to automate?");
  const understood = understand(text);
  const saysAnew = hole.slot === "not_understood";
  if (isWhole(text, understood, saysAnew)) {
    return yield* draftOrAsk(toProgram(understood), { request: text, answers: [] }, input);
  }
  yield* ask(hole, open, isForeign(text) ? ENGLISH_ONLY : "That does not answer it yet.");
}

/** The program as it stood after the answers given so far. */
function replay({ request, answers }: OpenRequest): Program {
  let program = toProgram(understand(request));
  for (const answer of answers) program = answered(program, layOut(program), answer) ?? program;
  return program;
}

function* draftOrAsk(program: Program, open: OpenRequest, input: PlanInput): Generator<PlannerEvent> {
  const placed = layOut(program);
  if (placed.length > MOST_NODES) {
    return yield* say(`That makes ${placed.length} steps, and a workflow has at most ${MOST_NODES}. Can you split it?`);
  }
  const hole = firstHole(program, placed);
  if (hole !== undefined) return yield* ask(hole, open, "I need one thing before I can draft that.");
  yield { kind: "stage", stage: "planning", detail: `${placed.length} steps` };
  const spec = toSpec(placed, [open.request, ...open.answers].join("; "));
  const notUnderstood = toReport(program.leftOut);
  yield* say(explain(placed, spec, notUnderstood, input.conversationId));
  yield { kind: "draft", spec, notUnderstood };
}

function* ask({ slot, question, options }: Hole<Program>, open: OpenRequest, opening: string): Generator<PlannerEvent> {
  yield { kind: "stage", stage: "clarifying", detail: slot };
  yield* say(`${opening} ${question}`);
  const asked = create(QuestionSchema, { id: slot, text: question, options: [...options], required: true });
  yield { kind: "questions", questions: [asked], open };
}

function* say(text: string): Generator<PlannerEvent> {
  for (const chunk of chunks(text)) yield { kind: "text", text: chunk };
}
