import { type Question, QuestionSchema, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { z } from "zod";
import type { Conversation } from "./conversation.ts";

/** The content of a document: a conversation, or the mark of a deleted one. */
export type ConversationRecord = { readonly kind: "live"; readonly conversation: Conversation } | Deleted;

interface Deleted {
  readonly kind: "deleted";
  readonly atMs: number;
}

const json = z.custom<JsonValue>();

/**
 * A later version may have stored fields and enum values that this one does not know: agents of both versions read the same conversations
 * during a deployment, and after one that was taken back.
 */
const OF_ANY_VERSION = { ignoreUnknownFields: true };

/** The stored form of each draft that was read. A draft that does not change is stored as it was, with what this version does not know of it. */
const storedDrafts = new WeakMap<WorkflowSpec, JsonValue>();

const messageSchema = z.object({
  role: z.enum(["user", "assistant"]),
  text: z.string(),
  atMs: z.number(),
  turnId: z.string(),
});

/** New fields are optional. A field with another meaning needs another `kind`. */
const recordSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("live"),
    id: z.string().optional(),
    messages: z.array(messageSchema),
    dropped: z.number(),
    draft: json.optional(),
    draftSource: z.object({ request: z.string(), answers: z.array(z.string()) }).optional(),
    saved: z.object({ workflowId: z.string(), version: z.number() }).optional(),
    open: z.object({ request: z.string(), answers: z.array(z.string()), questions: z.array(json) }).optional(),
    activeTurn: z.object({ id: z.string(), deadlineMs: z.number() }).optional(),
  }),
  z.object({ kind: z.literal("deleted"), atMs: z.number() }),
]);

export function encode(record: ConversationRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record.kind === "deleted" ? record : flatten(record.conversation)));
}

/** @throws if the bytes are not a record. Only `encode` writes them, so that is a defect and not bad input. */
export function decode(bytes: Uint8Array): ConversationRecord {
  const record = recordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  if (record.kind === "deleted") return record;
  const { kind, draft, open, ...rest } = record;
  return {
    kind,
    conversation: {
      ...rest,
      draft: draft === undefined ? undefined : specFromJson(draft),
      open: open && {
        request: { request: open.request, answers: open.answers },
        questions: open.questions.map((question) => fromJson(QuestionSchema, question, OF_ANY_VERSION)),
      },
    },
  };
}

function flatten({ draft, draftSource, open, ...rest }: Conversation): z.input<typeof recordSchema> {
  return {
    ...rest,
    kind: "live",
    messages: [...rest.messages],
    ...(draftSource === undefined ? {} : { draftSource: { ...draftSource, answers: [...draftSource.answers] } }),
    ...(draft === undefined ? {} : { draft: specToJson(draft) }),
    ...(open === undefined
      ? {}
      : {
          open: { ...open.request, answers: [...open.request.answers], questions: open.questions.map(questionToJson) },
        }),
  };
}

function specFromJson(stored: JsonValue): WorkflowSpec {
  const spec = fromJson(WorkflowSpecSchema, stored, OF_ANY_VERSION);
  storedDrafts.set(spec, stored);
  return spec;
}

function specToJson(spec: WorkflowSpec): JsonValue {
  return storedDrafts.get(spec) ?? toJson(WorkflowSpecSchema, spec);
}

function questionToJson(question: Question): JsonValue {
  return toJson(QuestionSchema, question);
}
