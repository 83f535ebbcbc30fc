import type { Dialect, SentEvent } from "./dialect.ts";

/** OpenAI's Chat Completions API, which compatible servers speak, too. Its events have no names. */
export const chatCompletions: Dialect = {
  path: "/v1/chat/completions",
  opening: () => [chunk({ role: "assistant", content: "" })],
  text: (content) => chunk({ content }),
  ping: () => ({ data: { id: "chatcmpl-1", object: "chat.completion.chunk", choices: [] } }),
  error: (type) => ({ data: { error: { type, code: type, message: "failed" } } }),
  ending: (_, { inputTokens, outputTokens }, reason) => [
    chunk({}, reason === "truncated" ? "length" : "stop"),
    {
      data: {
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        choices: [],
        usage: {
          prompt_tokens: inputTokens,
          completion_tokens: outputTokens,
          total_tokens: inputTokens + outputTokens,
        },
      },
    },
    { data: "[DONE]" },
  ],
  errorBody: (type, message) => ({ error: { type, code: type, message, param: null } }),
};

function chunk(delta: object, finish_reason: string | null = null): SentEvent {
  return { data: { id: "chatcmpl-1", object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] } };
}
