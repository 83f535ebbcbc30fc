import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type EndReason, type Model, ModelError, type ModelUsage, NO_USAGE, type Prompt } from "./model.ts";
import { generatePatiently, type Patience } from "./patience.ts";
import type { RestingModels } from "./resting-models.ts";
import { pauseFor, Retries } from "./retries.ts";

export interface AskOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly resting: RestingModels;
  /** An answer with more is broken off as garbage. */
  readonly maxCharacters: number;
  readonly onUsage: (model: Model, usage: ModelUsage) => void;
  /** Called with each fault, also with those that another attempt makes good; with a refused key once. */
  readonly onFault: (model: Model, error: ModelError) => void;
}

/** A whole answer, which is read when it has arrived. */
export interface WholeAnswer {
  readonly text: string;
  readonly reason: Exclude<EndReason, "truncated">;
  /** Name of the model that has answered. */
  readonly model: string;
  /** Of all requests for this answer, also those that failed. */
  readonly usage: ModelUsage;
}

/**
 * The answer of the first model that gives one. A passing fault is tried again, at most twice; then the next model is asked. A model
 * that rests is not asked.
 *
 * @throws ModelError of the last model; `key-refused` when all of them rest; the reason of the signal if it aborts
 */
export async function askFirst(models: readonly Model[], prompt: Prompt, options: AskOptions): Promise<WholeAnswer> {
  const total = new Total(options.onUsage);
  let last = new ModelError("key-refused");
  for (const model of models) {
    if (options.resting.has(model)) continue;
    try {
      const { text, reason } = await askPatiently(model, prompt, total, options);
      options.resting.didAnswer(model);
      return { text, reason, model: model.name, usage: total.usage };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      last = error;
    }
  }
  throw last;
}

type Answered = Pick<WholeAnswer, "text" | "reason">;

async function askPatiently(model: Model, prompt: Prompt, total: Total, options: AskOptions): Promise<Answered> {
  const retries = new Retries(options.random);
  for (;;) {
    try {
      return await askOnce(model, prompt, total, options);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      if (options.resting.didFail(model, error)) options.onFault(model, error);
      const waitMs = retries.after(error);
      if (waitMs === undefined) throw error;
      await pauseFor(waitMs, options);
    }
  }
}

async function askOnce(model: Model, prompt: Prompt, total: Total, options: AskOptions): Promise<Answered> {
  const { clock, patience, signal, maxCharacters } = options;
  let text = "";
  let reason: EndReason = "unmarked";
  let usage = NO_USAGE;
  try {
    for await (const event of generatePatiently(model, prompt, { ...patience, clock, signal })) {
      if (event.kind === "started") usage = { ...usage, modelCalls: 1 };
      if (event.kind === "usage")
        usage = { ...usage, inputTokens: event.inputTokens, outputTokens: event.outputTokens };
      if (event.kind === "end") reason = event.reason;
      if (event.kind === "text") text += event.text;
      if (text.length > maxCharacters) throw new ModelError("garbage");
    }
  } finally {
    if (usage.modelCalls > 0) total.add(model, usage);
  }
  if (reason === "truncated") throw new ModelError("truncated");
  // An answer without a mark and without a word has no sign of being one.
  if (reason === "unmarked" && text.trim() === "") throw new ModelError("cut");
  return { text, reason };
}

class Total {
  usage: ModelUsage = NO_USAGE;
  readonly #onUsage: AskOptions["onUsage"];

  constructor(onUsage: AskOptions["onUsage"]) {
    this.#onUsage = onUsage;
  }

  add(model: Model, usage: ModelUsage): void {
    this.#onUsage(model, usage);
    this.usage = {
      inputTokens: this.usage.inputTokens + usage.inputTokens,
      outputTokens: this.usage.outputTokens + usage.outputTokens,
      modelCalls: this.usage.modelCalls + usage.modelCalls,
    };
  }
}
