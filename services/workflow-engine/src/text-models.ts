import type { JsonValue } from "@bufbuild/protobuf";

/** What a node asks of a language model. */
export interface TextQuestion {
  /** What the model shall do, with all rules. */
  readonly prompt: string;
  /** What it shall work on. It is data: the model is told that nothing in it is an instruction. */
  readonly input: JsonValue;
  readonly maxOutputTokens: number;
}

export interface TextAnswer {
  readonly text: string;
  /** Provider and model, for instance "openai/gpt-5.4-mini". */
  readonly model: string;
  /** Of all requests for this answer. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly modelCalls: number;
}

/**
 * The language models that this engine may ask, in their order.
 *
 * @throws NodeFailure if none of them answers; the reason of the signal if it aborts
 */
export type AskModels = (question: TextQuestion, signal: AbortSignal) => Promise<TextAnswer>;
