import type { OpenAI } from "openai";
import { type Model, ModelError, type ModelEvent, type Prompt } from "../model.ts";
import { faultOfType, toModelError } from "./sdk-error.ts";

type Request = OpenAI.Responses.ResponseCreateParamsStreaming;
type StreamEvent = OpenAI.Responses.ResponseStreamEvent;

/** OpenAI's Responses API. The conversation is ours: the provider stores nothing. */
export class OpenAiResponses implements Model {
  readonly name: string;
  readonly #client: OpenAI;
  readonly #model: string;
  readonly #maxOutputTokens: number;

  constructor(client: OpenAI, model: string, maxOutputTokens: number) {
    this.name = `openai/${model}`;
    this.#client = client;
    this.#model = model;
    this.#maxOutputTokens = maxOutputTokens;
  }

  async *generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    let hasStarted = false;
    try {
      const stream = await this.#client.responses.create(this.#request(prompt), { signal });
      hasStarted = true;
      yield { kind: "started" };
      for await (const event of stream) {
        yield* toModelEvents(event);
        if (isTerminal(event)) return;
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
      instructions: system,
      input: messages.map(({ role, text }) => ({ role, content: text })),
      max_output_tokens: limit,
      store: false,
      stream: true,
      ...(schema === undefined
        ? {}
        : { text: { format: { type: "json_schema", name: "answer", strict: true, schema: { ...schema } } } }),
    };
  }
}

function* toModelEvents(event: StreamEvent): Generator<ModelEvent> {
  switch (event.type) {
    case "response.output_text.delta":
      yield { kind: "text", text: event.delta };
      return;
    case "response.reasoning_text.delta":
    case "response.reasoning_summary_text.delta":
      yield { kind: "thinking" };
      return;
    case "response.completed":
    case "response.incomplete":
      yield* usageOf(event.response);
      yield { kind: "end", reason: reasonOf(event.response) };
      return;
    case "response.failed":
      throw new ModelError(faultOfType(event.response.error?.code ?? ""));
    case "error":
      throw new ModelError(faultOfType(event.code ?? ""));
    default: // progress of other kinds of output
  }
}

function isTerminal({ type }: StreamEvent): boolean {
  return type === "response.completed" || type === "response.incomplete";
}

function* usageOf({ usage }: OpenAI.Responses.Response): Generator<ModelEvent> {
  if (usage) yield { kind: "usage", inputTokens: usage.input_tokens, outputTokens: usage.output_tokens };
}

function reasonOf({
  output,
  incomplete_details: incomplete,
}: OpenAI.Responses.Response): "complete" | "truncated" | "declined" {
  if (incomplete?.reason === "max_output_tokens") return "truncated";
  if (incomplete?.reason !== undefined) return "declined";
  const contents = output.flatMap((item) => (item.type === "message" ? item.content : []));
  return contents.some(({ type }) => type === "refusal") ? "declined" : "complete";
}
