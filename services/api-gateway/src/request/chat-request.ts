/**
 * Reads the body of `POST /v1/chat/completions`. In: JSON of any client. Out: the parts that count here, or a RequestError
 * 400 with the field. Unknown fields are accepted, also in messages: clients send what their last provider knew. Fields that
 * would change what the answer is are refused.
 */

import { z } from "zod";
import { CHAT_MODEL, type ChatRequest, type Said } from "../chat.ts";
import { invalidFields, RequestError } from "../request-error.ts";
import type { JsonObject } from "./body.ts";

/** The largest message, in bytes of UTF-8. */
const MAX_MESSAGE_BYTES = 8_192;

const textPart = z.looseObject({ type: z.literal(["text", "input_text"]), text: z.string() });
const otherPart = z.looseObject({ type: z.string() });
const content = z.union(
  [z.string(), z.array(z.union([textPart, otherPart])), z.null()],
  "expected a text, a list of parts, or null",
);

const message = z.looseObject({
  role: z.enum(
    ["system", "developer", "user", "assistant", "tool", "function"],
    "expected system, developer, user, assistant, tool or function",
  ),
  content: content.optional(),
});

const body = z.looseObject({
  model: z.string("expected a string").optional(),
  messages: z.array(message, "expected a list of messages").min(1, "expected at least one message"),
  stream: z.boolean("expected true or false").nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean("expected true or false").nullish() }).nullish(),
});

type Body = z.output<typeof body>;
type Message = Body["messages"][number];

/** Parameters that change what an answer is, with a test for values that ask for nothing. */
const REFUSED: readonly (readonly [name: string, isHarmless: (value: unknown) => boolean, expected: string])[] = [
  ["n", (value) => value === 1, "one answer to a request"],
  ["logprobs", (value) => value === false, "no logprobs"],
  ["top_logprobs", (value) => value === 0, "no logprobs"],
  ["tool_choice", (value) => value === "auto" || value === "none", "auto or none: tools are not called"],
  ["function_call", (value) => value === "auto" || value === "none", "auto or none: functions are not called"],
  ["response_format", (value) => isObject(value) && value["type"] === "text", "text"],
  ["modalities", (value) => Array.isArray(value) && value.every((each) => each === "text"), "text alone"],
  ["audio", () => false, "no audio"],
];

/** @throws RequestError 400 or 404, whose first violation names the parameter */
export function readChatRequest(json: JsonObject): ChatRequest {
  const read = body.safeParse(json);
  if (!read.success) throw invalidFields(read.error.issues.map(({ path, message: text }) => violation(path, text)));
  const { model, messages, stream, stream_options: options } = read.data;
  requireModel(model);
  refuseParameters(json);
  const texts = messages.map((each, index) => ({ role: each.role, text: textOf(each, index) }));
  const last = texts.at(-1);
  const at = texts.length - 1;
  if (last?.role !== "user")
    throw invalidFields([violation(["messages", at, "role"], "expected the last message to be the user's")]);
  checkMessage(last.text, at);
  return {
    message: last.text,
    before: texts.slice(0, -1).flatMap(toSaid),
    instructions: texts.filter(({ role }) => role === "system" || role === "developer").map(({ text }) => text),
    isStream: stream === true,
    includesUsage: options?.include_usage === true,
  };
}

/** @throws RequestError 404 for any other model than ours */
export function requireModel(model: string | undefined): void {
  if (model === undefined || model === CHAT_MODEL) return;
  const description = `there is no model "${model.slice(0, 100)}": expected ${CHAT_MODEL}`;
  throw new RequestError("MODEL_NOT_FOUND", description, { violations: [{ field: "model", description }] });
}

function refuseParameters(json: JsonObject): void {
  for (const [name, isHarmless, expected] of REFUSED) {
    const value = json[name];
    if (value === undefined || value === null || isHarmless(value)) continue;
    const description = `${name} is not supported here: expected ${expected}`;
    throw new RequestError("UNSUPPORTED_PARAMETER", description, { violations: [{ field: name, description }] });
  }
}

/** Parts that are no text, such as images, are refused in the user's messages, and left out of the others. */
function textOf({ role, content: given }: Message, index: number): string {
  if (given === null || given === undefined) return "";
  if (typeof given === "string") return given;
  return given
    .flatMap((part, at) => {
      if ("text" in part && typeof part.text === "string") return part.text;
      if (role !== "user") return [];
      throw invalidFields([
        violation(["messages", index, "content", at], `expected a part of type text, got ${part.type.slice(0, 40)}`),
      ]);
    })
    .join("\n");
}

function checkMessage(text: string, index: number): void {
  const path = ["messages", index, "content"];
  const bytes = Buffer.byteLength(text);
  if (text.trim() === "") throw invalidFields([violation(path, "expected text that is not empty")]);
  if (bytes > MAX_MESSAGE_BYTES)
    throw invalidFields([violation(path, `expected at most ${MAX_MESSAGE_BYTES} bytes, got ${bytes}`)]);
  if (!text.isWellFormed()) throw invalidFields([violation(path, "expected Unicode text, got a lone surrogate")]);
}

function toSaid({ role, text }: { readonly role: string; readonly text: string }): readonly Said[] {
  return (role === "user" || role === "assistant") && text !== "" ? [{ role, text }] : [];
}

/** As OpenAI writes a path: `messages[2].content[0]`. */
function violation(
  path: readonly PropertyKey[],
  description: string,
): { readonly field: string; readonly description: string } {
  const field = path.map((part, at) =>
    typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`,
  );
  return { field: field.join(""), description };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
