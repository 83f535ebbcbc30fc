import { type Question, QuestionSchema } from "@agent-team/contracts";
import { agrees, type Order, orderOf } from "@agent-team/embedded-planner";
import { create } from "@bufbuild/protobuf";
import type { PlanInput, PlannerEvent } from "../planner.ts";

/** The id of the question whether an order is meant. No planner has a question of this id. */
const ORDER_QUESTION = "order";

const SHALL_I = {
  save: { text: "Shall I save the draft?", option: "save it" },
  run: { text: "Shall I run it once now?", option: "run it" },
} as const;

/** Asks whether the person means an order. Only the person's own words give it: "yes", or the order itself. `before`: what parts it from the text before it. */
export function* askForOrder(order: "save" | "run", message: string, before: string): Generator<PlannerEvent> {
  const { text, option } = SHALL_I[order];
  yield* askWhich(`${before}${text}`, [option], message);
}

/** Asks which of several orders is meant. */
export function* askWhich(text: string, options: readonly string[], message: string): Generator<PlannerEvent> {
  yield { kind: "stage", stage: "clarifying", detail: ORDER_QUESTION };
  yield { kind: "text", text: `${text} Say ${options.map((option) => `"${option}"`).join(" or ")}.` };
  yield { kind: "questions", questions: [question(text.trim(), options)], open: { request: message, answers: [] } };
}

function question(text: string, options: readonly string[]): Question {
  return create(QuestionSchema, { id: ORDER_QUESTION, text, options: [...options], required: false });
}

/** The order that a message is: by its own words, or by a "yes" to the one order that was asked for. */
export function givenOrder({ message, questions = [] }: PlanInput): Order | undefined {
  const asked = questions.find(({ id }) => id === ORDER_QUESTION);
  const agreed = asked === undefined ? undefined : agrees(message);
  if (agreed === false) return "nothing";
  const [only = "", ...others] = asked?.options ?? [];
  return agreed === true && others.length === 0 ? orderOf(only) : orderOf(message);
}

/** The same input without a question for an order: a planner has asked something else, or nothing. */
export function withoutOrderQuestion(input: PlanInput): PlanInput {
  const isAsked = input.questions?.some(({ id }) => id === ORDER_QUESTION) === true;
  return isAsked ? { ...input, open: undefined, questions: undefined } : input;
}
