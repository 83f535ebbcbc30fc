import { type NodeTypeInfo, type Question, QuestionSchema, type WorkflowSpec } from "@agent-team/contracts";
import { type Model, ModelError, type Prompt } from "@agent-team/language-models";
import { create } from "@bufbuild/protobuf";
import { askForOrder } from "../orders/order-question.ts";
import type { OpenRequest, PlanContext, PlanInput, PlannerEvent } from "../planner.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { brokenAnswer } from "./broken-answer.ts";
import { BrokenOff, type Generated, type GenerationOptions, generate } from "./generation.ts";
import { problemsOf, toPrompt, toRepair } from "./prompt.ts";

/** How often a model may correct its answer. */
const MAX_REPAIRS = 2;

export interface ModelAnswerOptions extends Omit<GenerationOptions, "isShown" | "signal"> {
  readonly historyTokens: number;
}

/**
 * One message answered by one model. Its workflow is data: the engine checks it, and its errors go back to the model, at
 * most twice. Returns whether the model has answered; false: it gave no workflow that can be used.
 *
 * @throws ModelError while nothing has been shown, UNAVAILABLE or RESOURCE_EXHAUSTED after that
 */
export async function* answerByModel(
  model: Model,
  input: PlanInput,
  context: PlanContext,
  catalogue: readonly NodeTypeInfo[],
  options: ModelAnswerOptions,
): AsyncGenerator<PlannerEvent, boolean> {
  let prompt = toPrompt(input, catalogue, options.historyTokens);
  let hasShown = false;
  for (let repairRounds = 0; ; repairRounds += 1) {
    let generated: Generated;
    try {
      const signal = context.signal;
      generated = yield* wholeOrError(model, prompt, { ...options, signal, isShown: !hasShown });
    } catch (error) {
      // A model that cannot be asked again has given no workflow that can be used.
      if (error instanceof ModelError && repairRounds > 0) return false;
      throw error;
    }
    if (generated.reason === "declined") {
      yield* declined(generated, hasShown);
      return true;
    }
    const read = readAnswer(generated.raw, catalogue);
    if ("answer" in read && !hasShown) yield* textOf(read.answer, generated);
    hasShown ||= generated.hasShown || "answer" in read;
    const spec = "answer" in read ? read.answer.workflow : undefined;
    if ("answer" in read && spec === undefined) {
      yield* asked(read.answer, input);
      return true;
    }
    const problems = "answer" in read ? yield* proposed(spec, repairRounds, model, context) : [read.error];
    if (problems.length === 0) return true;
    if (repairRounds === MAX_REPAIRS) return false;
    yield { kind: "stage", stage: "repairing", detail: `repair ${repairRounds + 1} of ${MAX_REPAIRS}: ${problems[0]}` };
    prompt = toRepair(prompt, generated.raw, problems);
  }
}

/** An answer that ran into its limit has no end, so that nothing of it can be used. */
async function* wholeOrError(
  model: Model,
  prompt: Prompt,
  options: GenerationOptions,
): AsyncGenerator<PlannerEvent, Generated> {
  try {
    const generated = yield* generate(model, prompt, options);
    if (generated.reason !== "truncated") return generated;
    const error = new ModelError("truncated");
    options.onFault(model, error);
    throw generated.hasShown ? new BrokenOff(error) : error;
  } catch (error) {
    throw error instanceof BrokenOff ? brokenAnswer(error.fault) : error;
  }
}

function* declined({ hasShown }: Generated, hadShown: boolean): Generator<PlannerEvent> {
  const text = "The model will not answer this.";
  yield { kind: "text", text: hasShown || hadShown ? `\n\n${text}` : text };
}

/** The text that has not been shown while it arrived. */
function* textOf({ reply, workflow }: Answer, { hasShown }: Generated): Generator<PlannerEvent> {
  if (hasShown) return;
  const instead = workflow === undefined ? "" : `Here is a draft with ${workflow.nodes.length} steps.`;
  const text = reply === "" ? instead : reply;
  if (text !== "") yield { kind: "text", text };
}

/** Questions are part of the text: it alone is the answer, too. */
function* asked({ reply, questions, mayMean }: Answer, input: PlanInput): Generator<PlannerEvent> {
  const isOrder = mayMean !== undefined && input.draftSpec !== undefined && questions.length === 0;
  if (isOrder) yield* askForOrder(mayMean, input.message, reply === "" ? "" : "\n");
  if (questions.length === 0) return;
  yield { kind: "stage", stage: "clarifying", detail: "" };
  const lines = questions.map(({ text, options }) => (options.length === 0 ? text : `${text} (${options.join(", ")})`));
  const list = lines.length === 1 ? (lines[0] ?? "") : lines.map((line) => `- ${line}`).join("\n");
  yield { kind: "text", text: reply === "" ? list : `\n${list}` };
  yield { kind: "questions", questions: questions.map(toQuestion), open: openAfter(input) };
}

function toQuestion({ text, options }: Answer["questions"][number], index: number): Question {
  return create(QuestionSchema, { id: `q${index + 1}`, text, options: [...options], required: true });
}

/** For the embedded planner, if that has to go on with the next message. */
function openAfter({ open, message }: PlanInput): OpenRequest {
  return open === undefined
    ? { request: message, answers: [] }
    : { request: open.request, answers: [...open.answers, message] };
}

/** The draft, if the engine finds no error in it; otherwise the errors. */
async function* proposed(
  spec: WorkflowSpec | undefined,
  repairRounds: number,
  model: Model,
  { check }: PlanContext,
): AsyncGenerator<PlannerEvent, readonly string[]> {
  if (spec === undefined) return [];
  if (repairRounds === 0) {
    yield { kind: "stage", stage: "planning", detail: `${spec.nodes.length} steps by ${model.name}` };
  }
  yield { kind: "stage", stage: "validating", detail: "" };
  const issues = await check(spec);
  const problems = problemsOf(issues);
  if (problems.length === 0) yield { kind: "draft", spec, notUnderstood: [], issues, repairRounds };
  return problems;
}
