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
  message: text(MAX_MESSAGE_BYTES),
  request_id: requestId.optional(),
  on_active_turn: z.enum(["reject", "enqueue", "interrupt"], "expected reject, enqueue or interrupt").default("reject"),
});

export interface SignalBody {
  readonly approved: boolean;
  readonly comment: string;
  readonly request_id?: string | undefined;
}

export const signalBody: z.ZodType<SignalBody> = z.strictObject({
  approved: z.boolean("expected true or false"),
  comment: text(1024).default(""),
  request_id: requestId.optional(),
});

export const cancelBody: z.ZodType<{ readonly reason: string }> = z.strictObject({ reason: text(1024).default("") });

export const activeBody: z.ZodType<{ readonly active: boolean }> = z.strictObject({
  active: z.boolean("expected true or false"),
});
