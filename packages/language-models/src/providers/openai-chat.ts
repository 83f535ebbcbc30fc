import type { OpenAI } from "openai";
import type { EndReason, Model, ModelEvent, Prompt } from "../model.ts";
import { toModelError } from "./sdk-error.ts";

type Request = OpenAI.Chat.ChatCompletionCreateParamsStreaming;

/** OpenAI's Chat Completions API, which compatible servers, such as those of local models, speak. */
export class OpenAiChat implements Model {
  readonly name: string;
  readonly #client: OpenAI;
  readonly #model: string;
  readonly #maxOutputTokens: number;
  readonly #limitName: "max_tokens" | "max_completion_tokens";

  /** `isForeign`: the server is not OpenAI's. It then gets the older name of the token limit, which every server knows. */
  constructor(client: OpenAI, model: string, maxOutputTokens: number, isForeign: boolean) {
    this.name = `openai/${model}`;
    this.#client = client;
    this.#model = model;
    this.#maxOutputTokens = maxOutputTokens;
    this.#limitName = isForeign ? "max_tokens" : "max_completion_tokens";
  }

  async *generate(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    // Some servers end a whole answer without a finish_reason.
    let reason: EndReason = "unmarked";
    let hasStarted = false;
    try {
      const stream = await this.#client.chat.completions.create(this.#request(prompt), { signal });
      hasStarted = true;
      yield { kind: "started" };
      // The chunk with the usage comes after the one with the finish_reason.
      for await (const { choices, usage } of stream) {
        const [choice] = choices;
        const text = choice?.delta.content ?? "";
        if (text !== "") yield { kind: "text", text };
        if (usage) yield { kind: "usage", inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens };
        if (choice?.delta.refusal) reason = "declined";
        else if (choice?.finish_reason) reason = reasonOf(choice.finish_reason, reason);
      }
    } catch (error) {
      throw toModelError(error, hasStarted);
    }
    yield { kind: "end", reason };
  }

  #request({ system, messages, schema, maxOutputTokens }: Prompt): Request {
    const limit = Math.min(maxOutputTokens ?? this.#maxOutputTokens, this.#maxOutputTokens);
    return {
      model: this.#model,
      messages: [{ role: "system", content: system }, ...messages.map(({ role, text }) => ({ role, content: text }))],
      [this.#limitName]: limit,
      stream: true,
      stream_options: { include_usage: true },
      ...(schema === undefined
        ? {}
        : {
            response_format: {
              type: "json_schema",
              json_schema: { name: "answer", strict: true, schema: { ...schema } },
            },
          }),
    };
  }
}

function reasonOf(finish: string, before: EndReason): EndReason {
  if (finish === "length") return "truncated";
  if (finish === "content_filter") return "declined";
  return before === "declined" ? before : "complete";
}
