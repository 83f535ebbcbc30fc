import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import {
  type EndReason,
  generatePatiently,
  type Model,
  ModelError,
  type ModelFault,
  type ModelUsage,
  type Patience,
  type Prompt,
  pauseFor,
  Retries,
} from "@agent-team/language-models";
import type { PlannerEvent } from "../planner.ts";
import { ReplyText } from "./reply-text.ts";

/** Characters of one answer. A workflow is at most 256 KiB. */
const MAX_CHARACTERS = 512 * 1024;

export interface GenerationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly onUsage: (model: Model, usage: ModelUsage) => void;
  /** Called with each fault, also with those that another attempt makes good. */
  readonly onFault: (model: Model, error: ModelError) => void;
  /** False for a repair: its text is not for the person. */
  readonly isShown: boolean;
}

/** One answer as a whole. */
export interface Generated {
  readonly raw: string;
  readonly reason: EndReason;
  /** Some of its text has been shown. */
  readonly hasShown: boolean;
}

/** A generation that failed when the person had read a part of it: nothing else can answer in its place. */
export class BrokenOff extends Error {
  override readonly name: string = "BrokenOff";
  readonly fault: ModelFault;

  constructor({ fault }: ModelError) {
    super(fault);
    this.fault = fault;
  }
}

/**
 * One answer of a model: yields its text while it arrives, and what it cost; returns the whole. Until a person has read a
 * word of it, a passing fault is tried again, at most twice and after the time that the provider asks for; and a schema
 * that the model does not take is left out, once.
 *
 * @throws ModelError before the first word, BrokenOff after it
 */
export async function* generate(
  model: Model,
  prompt: Prompt,
  options: GenerationOptions,
): AsyncGenerator<PlannerEvent, Generated> {
  let asked = prompt;
  const retries = new Retries(options.random);
  for (;;) {
    const one = new Attempt(model, asked);
    try {
      return yield* one.run(options);
    } catch (error) {
      if (one.modelCalls > 0) yield one.usage(options);
      if (!(error instanceof ModelError)) throw error;
      options.onFault(model, error);
      if (one.hasShown) throw new BrokenOff(error);
      if (error.fault === "schema-refused" && asked.schema !== undefined) {
        asked = { ...asked, schema: undefined };
        continue;
      }
      const waitMs = retries.after(error);
      if (waitMs === undefined) throw error;
      await pauseFor(waitMs, options);
    }
  }
}

/** One request. */
class Attempt {
  hasShown = false;
  modelCalls = 0;
  readonly #model: Model;
  readonly #prompt: Prompt;
  #tokens = { inputTokens: 0, outputTokens: 0 };

  constructor(model: Model, prompt: Prompt) {
    this.#model = model;
    this.#prompt = prompt;
  }

  async *run(options: GenerationOptions): AsyncGenerator<PlannerEvent, Generated> {
    const { clock, patience, signal, isShown } = options;
    const reply = new ReplyText();
    let raw = "";
    let reason: EndReason = "unmarked";
    for await (const event of generatePatiently(this.#model, this.#prompt, { ...patience, clock, signal })) {
      if (event.kind === "started") this.modelCalls = 1;
      if (event.kind === "usage") this.#tokens = { inputTokens: event.inputTokens, outputTokens: event.outputTokens };
      if (event.kind === "end") reason = event.reason;
      if (event.kind !== "text") continue;
      raw += event.text;
      if (raw.length > MAX_CHARACTERS) throw new ModelError("garbage");
      const text = isShown ? reply.push(event.text) : "";
      if (text === "") continue;
      this.hasShown = true;
      yield { kind: "text", text };
    }
    // Only a whole answer closes its object, so that a stream without a mark is whole if it has done so.
    if (reason === "unmarked" && !raw.trimEnd().endsWith("}")) throw new ModelError("cut");
    yield this.usage(options);
    return { raw, reason, hasShown: this.hasShown };
  }

  usage({ onUsage }: GenerationOptions): PlannerEvent {
    const usage = { ...this.#tokens, modelCalls: this.modelCalls };
    onUsage(this.#model, usage);
    return { kind: "usage", ...usage };
  }
}
