import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type Model, ModelError, type ModelUsage, type Patience, RestingModels } from "@agent-team/language-models";
import type { PlanContext, PlanInput, Planner, PlannerEvent } from "../planner.ts";
import { answerByModel } from "./model-answer.ts";

export interface ModelPlannerOptions {
  /** In the order in which they are asked. */
  readonly models: readonly Model[];
  /** Answers when no model does. */
  readonly embedded: Planner;
  readonly clock: Clock;
  readonly random: Random;
  readonly patience: Patience;
  /** Most tokens of earlier messages in a prompt. The message itself and the current draft come on top. */
  readonly historyTokens: number;
  /** Called with what each request to a model has cost. */
  readonly onUsage: (model: Model, usage: ModelUsage) => void;
  /** Called with each fault of a model; with a refused key or an empty account only once, until the model has answered again. */
  readonly onFault: (model: Model, error: ModelError) => void;
}

const FAILED = "The language model could not be asked just now, so the built-in planner answers:\n\n";
const UNUSABLE = "\n\nThe language model gave no workflow that can be used, so the built-in planner goes on:\n\n";
const REFUSED =
  "\n\nThe language model does not accept this system's key, so the built-in planner answers. It understands plain sentences about schedules, requests and conditions.";

/**
 * Plans with the first model that answers, and with the embedded planner if none does. Another one takes over only before a
 * person has read a word of the answer: two answers in one text would be none.
 */
export function createModelPlanner(options: ModelPlannerOptions): Planner {
  const planner = new ModelPlanner(options);
  return {
    name: [...options.models, options.embedded].map(({ name }) => name).join(", "),
    continuation: "restart",
    plan: (input, context) => planner.plan(input, context),
  };
}

class ModelPlanner {
  readonly #options: ModelPlannerOptions;
  readonly #resting: RestingModels;

  constructor(options: ModelPlannerOptions) {
    this.#options = options;
    this.#resting = new RestingModels(options.clock);
  }

  async *plan(input: PlanInput, context: PlanContext): AsyncGenerator<PlannerEvent> {
    const { embedded, models } = this.#options;
    const asked = models.filter((model) => !this.#resting.has(model));
    const result = yield* this.#answerByFirst(asked, input, context);
    if (result === "answered") return;
    const areResting = models.every((model) => this.#resting.has(model));
    if (result === "unusable") yield { kind: "text", text: UNUSABLE };
    else if (!areResting) yield { kind: "text", text: FAILED };
    yield* embedded.plan(input, context);
    const isNew = asked.length > 0 || input.history.length === 0;
    if (result === "failed" && areResting && isNew) yield { kind: "text", text: REFUSED };
  }

  async *#answerByFirst(
    asked: readonly Model[],
    input: PlanInput,
    context: PlanContext,
  ): AsyncGenerator<PlannerEvent, "answered" | "unusable" | "failed"> {
    const catalogue = asked.length === 0 ? undefined : await context.catalogue();
    if (catalogue === undefined) return "failed";
    const options = {
      ...this.#options,
      onFault: (model: Model, error: ModelError) => {
        if (this.#resting.didFail(model, error)) this.#options.onFault(model, error);
      },
    };
    for (const model of asked) {
      try {
        const hasAnswered = yield* answerByModel(model, input, context, catalogue, options);
        this.#resting.didAnswer(model);
        return hasAnswered ? "answered" : "unusable";
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
      }
    }
    return "failed";
  }
}
