/** The parameters of paths and queries, and the small fields of bodies. */

import { RunState, RunStateSchema } from "@agent-team/contracts";
import { enumFromJson, isEnumJson } from "@bufbuild/protobuf";
import type { Context } from "hono";
import { z } from "zod";
import { longName, shortName } from "../enum-names.ts";
import { invalidFields, RequestError } from "../request-error.ts";
import { check } from "./check.ts";

const ID = /^[A-Za-z0-9._-]{1,128}$/;
const PAGE_SIZE = "expected a number from 0 to 200";
const RUN_STATES: string = RunStateSchema.values.map(({ name }) => shortName(RunStateSchema, name)).join(", ");

/** The id of a conversation, a workflow or a run, in a path or a body. */
export const id: z.ZodType<string> = z
  .string("expected a string")
  .regex(ID, "expected 1 to 128 characters of A-Z, a-z, 0-9, dot, underscore, hyphen");

/** An idempotency key: 1 to 128 bytes. */
export const requestId: z.ZodType<string> = text(128);

/** Text of 1 to `maxBytes` bytes of UTF-8. */
export function text(maxBytes: number): z.ZodType<string> {
  return z
    .string("expected a string")
    .min(1, "expected text that is not empty")
    .refine((value) => Buffer.byteLength(value) <= maxBytes, `expected at most ${maxBytes} bytes`)
    .refine((value) => value.isWellFormed(), "expected Unicode text, got a lone surrogate");
}

interface Page {
  readonly pageSize: number;
  readonly pageToken: string;
}

const pageFields = {
  page_size: z
    .string()
    .regex(/^\d{1,3}$/, PAGE_SIZE)
    .transform(Number)
    .refine((size) => size <= 200, PAGE_SIZE)
    .default(0)
    .describe("how many entries a page has at most, 0 to 200; 0: 50"),
  page_token: z
    .string()
    .max(1_024, "expected at most 1024 characters")
    .default("")
    .describe("next_page_token of the page before; empty: the first page"),
};

export const pageQuery: z.ZodType<{ readonly page_size: number; readonly page_token: string }> =
  z.strictObject(pageFields);

interface RunQuery {
  readonly page_size: number;
  readonly page_token: string;
  readonly workflow_id: string;
  readonly state: RunState;
}

export const runQuery: z.ZodType<RunQuery> = z.strictObject({
  ...pageFields,
  workflow_id: z.string().regex(ID, "expected the id of a workflow").default("").describe("only runs of this workflow"),
  state: z
    .string()
    .transform((name) => longName(RunStateSchema, name))
    .refine((name) => isEnumJson(RunStateSchema, name), `expected one of ${RUN_STATES}`)
    .transform((name) => enumFromJson(RunStateSchema, name as keyof typeof RunState & `RUN_STATE_${string}`))
    .default(RunState.UNSPECIFIED)
    .describe(`only runs in this state: one of ${RUN_STATES}`),
});

/** The id in the path `…/{id}/…`. @throws RequestError 400 */
export function pathId(context: Context): string {
  return check(z.object({ id }), { id: context.req.param("id") }).id;
}

/** The ids in the path `…/{id}/…/{node}`. @throws RequestError 400 */
export function pathNode(context: Context): { readonly runId: string; readonly nodeId: string } {
  const { node } = check(z.object({ node: id }), { node: context.req.param("node") });
  return { runId: pathId(context), nodeId: node };
}

const CURSOR = /^(\d{1,9})-([\w-]{1,64})$/;

/**
 * The cursor of a run that the id of an event is; 0 for the beginning, which an empty text is. `field`: where it stands.
 * @throws RequestError 400
 */
export function readCursor(given: string, field: string): { readonly sequence: number; readonly fence: string } {
  if (given === "") return { sequence: 0, fence: "" };
  const [, sequence = "", fence = ""] = CURSOR.exec(given) ?? [];
  if (fence === "") throw invalidFields([{ field, description: "expected the id of an event" }]);
  return { sequence: Number(sequence), fence };
}

/** Of the streams of events. */
export const eventsQuery: z.ZodType = z.object({
  after: z
    .string()
    .describe("as last-event-id, for a client that cannot send it; without ~ and what is behind it")
    .optional(),
  ticket: z.string().describe("the credential of a browser's EventSource; see the tickets").optional(),
});

const NO_MATCH = "no strong ETag of a workflow; a weak one (W/) never matches: read the workflow and send its ETag";

/** The version is in front; the rest of an ETag is of its bytes. */
const VERSION_TAG = /^"(\d{1,9})(?:-[\w-]{1,32})?"$/;

/** RFC 9110 8.8.3, without commas: no ETag of a workflow has one. */
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x2b\x2d-\x7e\x80-\xff]*"$/;

/**
 * The version of `If-Match`: a change is refused when the spec has another one; 0 without the header and for "*". A weak tag, and one that no
 * workflow has, match nothing (RFC 9110 13.1.1). Tags of several versions are refused: the engine compares one.
 *
 * @throws RequestError 400 for a malformed list, 412 when no tag can match
 */
export function readIfMatch(context: Context): number {
  const given = context.req.header("if-match") ?? "*";
  if (given === "*") return 0;
  const tags = given.split(",").map((tag) => tag.trim());
  const versions = new Set(tags.map((tag) => Number(VERSION_TAG.exec(tag)?.[1] ?? 0)).filter((version) => version > 0));
  const [version] = versions;
  if (!tags.every((tag) => ENTITY_TAG.test(tag)) || versions.size > 1)
    throw invalidFields([
      { field: "if-match", description: 'expected ETags of one version of a workflow, such as "3"' },
    ]);
  if (version === undefined) throw new RequestError("VERSION_CONFLICT", `if-match: ${NO_MATCH}`);
  return version;
}

/** `?page_size=&page_token=` @throws RequestError 400 */
export function readPage(context: Context): Page {
  const { page_size, page_token } = check(pageQuery, context.req.query());
  return { pageSize: page_size, pageToken: page_token };
}

/** `?workflow_id=&state=&page_size=&page_token=` @throws RequestError 400 */
export function readRunFilter(context: Context): Page & { readonly workflowId: string; readonly state: RunState } {
  const { page_size, page_token, workflow_id, state } = check(runQuery, context.req.query());
  return { pageSize: page_size, pageToken: page_token, workflowId: workflow_id, state };
}
