import type { Dialect } from "./dialect.ts";

/** Anthropic's Messages API. Each event has its type twice: as the event's name and in its data. */
export const messages: Dialect = {
  path: "/v1/messages",
  opening: ({ inputTokens }) => [
    named("message_start", {
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        content: [],
        stop_reason: null,
        usage: { input_tokens: inputTokens, output_tokens: 1 },
      },
    }),
    named("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ],
  text: (text) => named("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
  ping: () => named("ping", {}),
  error: (type) => named("error", { error: { type, message: "failed" } }),
  ending: (_, { outputTokens }, reason) => [
    named("content_block_stop", { index: 0 }),
    named("message_delta", {
      delta: { stop_reason: reason === "truncated" ? "max_tokens" : "end_turn", stop_sequence: null },
      usage: { output_tokens: outputTokens },
    }),
    named("message_stop", {}),
  ],
  errorBody: (type, message) => ({ type: "error", error: { type, message } }),
};

function named(type: string, data: object): { readonly event: string; readonly data: object } {
  return { event: type, data: { type, ...data } };
}
