import { QuestionSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { explain, reportWords } from "./answer.ts";
import { chunks } from "./chunks.ts";
import { toSpec } from "./graph.ts";
import { layOut } from "./layout.ts";
import { normalise } from "./normalise.ts";
import { toReport } from "./not-understood.ts";
import type { OpenRequest, PlanInput, Planner, PlannerEvent } from "./planner.ts";
import type { Hole, Program } from "./program.ts";
import { firstHole } from "./questions.ts";
import { Reading } from "./reading.ts";
import { smallTalk } from "./small-talk.ts";
import { isRequest, toProgram, understand } from "./understand.ts";

/**
 * The planner that needs no model, no key and no network: a pure function of its input, so that any instance tells the
 * same plan again, to the byte. It knows few words and never invents a value: it asks for what is missing, and reports
 * what it did not understand.
 *
 *   message ──► clauses ──► understand ──► program ──► layOut ──► question, or graph and answer
 */
export const embeddedPlanner: Planner = { name: "embedded/1", continuation: "recompute", plan };

/** The contract's cap on the nodes of a spec. */
const MOST_NODES = 100;

const NEVER_MIND = /^(?:cancel|stop|forget (?:it|that)|never ?mind|abort)[.!]?$/i;

function* plan({ message, open, hasDraft }: PlanInput): Generator<PlannerEvent> {
  const text = normalise(message);
  if (open !== undefined) return yield* goOn(open, text);
  const understood = understand(text);
  if (!isRequest(understood)) return yield* say(smallTalk(text, toReport(understood.notUnderstood), hasDraft === true));
  yield* draftOrAsk(toProgram(understood), { request: text, answers: [] });
}

/** The message answers the question of an open request, gives it up, or is a request of its own. */
function* goOn(open: OpenRequest, text: string): Generator<PlannerEvent> {
  const program = replay(open);
  const hole = firstHole(program, layOut(program));
  if (hole === undefined) return yield* draftOrAsk(program, open);
  const filled = answered(hole, text);
  if (filled !== undefined) return yield* draftOrAsk(filled, { ...open, answers: [...open.answers, text] });
  if (NEVER_MIND.test(text)) return yield* say("All right, I leave it. What would you like to automate?");
  const understood = understand(text);
  if (isRequest(understood)) return yield* draftOrAsk(toProgram(understood), { request: text, answers: [] });
  yield* ask(hole, open, "That does not answer it yet.");
}

/** The program as it stood after the answers given so far. */
function replay({ request, answers }: OpenRequest): Program {
  let program = toProgram(understand(request));
  for (const answer of answers) {
    const hole = firstHole(program, layOut(program));
    program = (hole && answered(hole, answer)) ?? program;
  }
  return program;
}

function answered(hole: Hole<Program>, answer: string): Program | undefined {
  const reading = new Reading(answer);
  const program = hole.fill(reading);
  return program && { ...program, notUnderstood: [...program.notUnderstood, ...reading.leftover()] };
}

function* draftOrAsk(program: Program, open: OpenRequest): Generator<PlannerEvent> {
  const placed = layOut(program);
  if (placed.length > MOST_NODES) {
    return yield* say(`That makes ${placed.length} steps, and a workflow has at most ${MOST_NODES}. Can you split it?`);
  }
  const hole = firstHole(program, placed);
  if (hole !== undefined) {
    const words = reportWords(toReport(program.notUnderstood));
    return yield* ask(hole, open, ["I need one thing before I can draft that.", ...words].join(" "));
  }
  yield { kind: "stage", stage: "planning", detail: `${placed.length} steps` };
  const spec = toSpec(placed, [open.request, ...open.answers].join("; "));
  const notUnderstood = toReport(program.notUnderstood);
  yield* say(explain(placed, spec, notUnderstood));
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
