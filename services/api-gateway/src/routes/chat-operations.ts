/** The operations of the OpenAI-compatible API. Its types are OpenAI's: the document names them and does not repeat them. */

import type { Answer, JsonSchema, Operation } from "../openapi/operation.ts";

const openAi = (type: string): JsonSchema => ({ type: "object", description: `OpenAI's ${type}` });

const MODEL: Answer = { description: "the model", json: openAi("Model") };
const COMPLETION: Answer = {
  description: "the answer",
  json: openAi("CreateChatCompletionResponse"),
  events: openAi("CreateChatCompletionStreamResponse"),
};
const FAILURE: Answer = { description: "the request failed", json: openAi("ErrorResponse") };

/** Of a request that begins a turn. */
export const STREAMS_LIMITED: Answer = {
  description:
    "too many requests (RATE_LIMITED), or too many open event streams of the caller at one gateway (TOO_MANY_STREAMS)",
};

export const CHAT_OPERATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/chat/completions",
    id: "createChatCompletion",
    summary: "Answers a chat in the format of OpenAI, whole or with stream: true as server-sent events.",
    headers: [{ name: "x-conversation-id", description: "the conversation of the agent that keeps this chat" }],
    body: { json: openAi("CreateChatCompletionRequest") },
    answers: { 200: COMPLETION, 429: STREAMS_LIMITED },
    failure: FAILURE,
  },
  {
    method: "get",
    path: "/v1/models",
    id: "listModels",
    summary: "The models of the OpenAI-compatible API: agent-team.",
    answers: { 200: { description: "the models", json: openAi("ListModelsResponse") } },
    failure: FAILURE,
  },
  {
    method: "get",
    path: "/v1/models/{id}",
    id: "getModel",
    summary: "One model of the OpenAI-compatible API.",
    answers: { 200: MODEL },
    failure: FAILURE,
  },
];
