import type { Anthropic } from "@anthropic-ai/sdk";
import { type EndReason, type Model, ModelError, type ModelEvent, type Prompt } from "../model.ts";
import { toModelError } from "./sdk-error.ts";

type Request = Anthropic.MessageCreateParamsStreaming;

/** Anthropic's Messages API. */
export class AnthropicMessages implements Model {
  readonly name: string;
  readonly #client: Anthropic;
  readonly #model: string;
  readonly #maxOutputTokens: number;

  constructor(client: Anthropic, model: string, maxOutputTokens: number) {
    this.name = `anthropic/${model}`;
    this.#client = client;
    this.#model = model;
    this.#maxOutputTokens = maxOutputTokens;
  }

  async *generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    let inputTokens = 0;
    let outputTokens = 0;
    let reason: EndReason | undefined;
    let hasStarted = false;
    try {
      const stream = await this.#client.messages.create(this.#request(prompt), { signal });
      hasStarted = true;
      yield { kind: "started" };
      for await (const event of stream) {
        if (event.type === "message_start") inputTokens = inputOf(event.message.usage);
        if (event.type === "content_block_delta") yield* toModelEvents(event.delta);
        if (event.type === "message_delta") {
          outputTokens = event.usage.output_tokens;
          reason = reasonOf(event.delta.stop_reason);
        }
        if (event.type !== "message_stop") continue;
        yield { kind: "usage", inputTokens, outputTokens };
        yield { kind: "end", reason: reason ?? "complete" };
        return;
      }
    } catch (error) {
      throw toModelError(error, hasStarted);
    }
    // The SDK ends its loop silently when the body ends.
    throw new ModelError("cut");
  }

  #request({ system, messages, schema, maxOutputTokens }: Prompt): Request {
    const limit = Math.min(maxOutputTokens ?? this.#maxOutputTokens, this.#maxOutputTokens);
    return {
      model: this.#model,
      max_tokens: limit,
      system,
      messages: messages.map(({ role, text }) => ({ role, content: text })),
      stream: true,
      ...(schema === undefined ? {} : { output_config: { format: { type: "json_schema", schema: { ...schema } } } }),
    };
  }
}

/** The input that came from the provider's cache is input, too. */
function inputOf(usage: Anthropic.Usage): number {
  return usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
}

function* toModelEvents(delta: Anthropic.RawContentBlockDelta): Generator<ModelEvent> {
  if (delta.type === "text_delta") yield { kind: "text", text: delta.text };
  if (delta.type === "thinking_delta") yield { kind: "thinking" };
}

function reasonOf(stop: Anthropic.StopReason | null): EndReason {
  if (stop === "max_tokens" || stop === "model_context_window_exceeded") return "truncated";
  return stop === "refusal" ? "declined" : "complete";
}
