import type { Dialect } from "./dialect.ts";

const ITEM = { item_id: "msg_1", output_index: 0, content_index: 0 };

/** OpenAI's Responses API. Each event has its type twice: as the event's name and in its data. */
export const responses: Dialect = {
  path: "/v1/responses",
  opening: () => [named("response.created", { response: response("in_progress") })],
  text: (delta) => named("response.output_text.delta", { ...ITEM, delta }),
  ping: () => named("keepalive", {}),
  error: (code) =>
    named("response.failed", { response: { ...response("failed"), error: { code, message: "failed" } } }),
  ending(text, { inputTokens, outputTokens }, reason) {
    const usage = { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
    if (reason === "truncated") {
      const incomplete_details = { reason: "max_output_tokens" };
      return [named("response.incomplete", { response: { ...response("incomplete"), incomplete_details, usage } })];
    }
    return [
      named("response.output_text.done", { ...ITEM, text }),
      named("response.completed", { response: { ...response("completed"), usage } }),
    ];
  },
  errorBody: (type, message) => ({ error: { type, code: type, message, param: null } }),
};

function response(status: string): object {
  return { id: "resp_1", object: "response", status, output: [] };
}

function named(type: string, data: object): { readonly event: string; readonly data: object } {
  return { event: type, data: { type, ...data } };
}
