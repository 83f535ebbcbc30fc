/** The small bodies of requests. Those that are messages of the services are checked by `parseMessage`. */

import { z } from "zod";
import { requestId, text } from "./parameters.ts";

/** The largest message, in bytes of UTF-8. */
const MAX_MESSAGE_BYTES = 8_192;

export interface MessageBody {
  readonly message: string;
  readonly request_id?: string | undefined;
  readonly on_active_turn: "reject" | "enqueue" | "interrupt";
}

export const messageBody: z.ZodType<MessageBody> = z.strictObject({
  message: text(MAX_MESSAGE_BYTES).describe(`what the person says: at most ${MAX_MESSAGE_BYTES} bytes of UTF-8`),
  request_id: requestId
    .optional()
    .describe("a repeat with the same one is the same turn; at most 128 bytes, by default a new one"),
  on_active_turn: z
    .enum(["reject", "enqueue", "interrupt"], "expected reject, enqueue or interrupt")
    .default("reject")
    .describe("while another turn of the conversation runs: 409, wait for its end, or end it"),
});

export interface SignalBody {
  readonly approved: boolean;
  readonly comment: string;
  readonly request_id?: string | undefined;
}

export const signalBody: z.ZodType<SignalBody> = z.strictObject({
  approved: z.boolean("expected true or false").describe("false rejects"),
  comment: text(1024).default("").describe("is kept with the decision: at most 1024 bytes of UTF-8"),
  request_id: requestId
    .optional()
    .describe("a repeat with the same one is the same decision; at most 128 bytes, by default a new one"),
});

export const cancelBody: z.ZodType<{ readonly reason: string }> = z.strictObject({
  reason: text(1024).default("").describe("is kept with the run: at most 1024 bytes of UTF-8"),
});

export const activeBody: z.ZodType<{ readonly active: boolean }> = z.strictObject({
  active: z
    .boolean("expected true or false")
    .describe("whether the schedule or the webhook of the workflow starts runs"),
});
