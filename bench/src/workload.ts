/**
 * The call that every peer makes: unary, 100 bytes there and 100 bytes back.
 *
 * The load server returns the bytes that it got, so that it needs no schema and costs little. GetWorkflow can be answered
 * like that: where its answer has a message its request has a string, and ours is the encoding of such a message.
 */

import {
  type GetWorkflowRequest,
  GetWorkflowRequestSchema,
  type GetWorkflowResponse,
  GetWorkflowResponseSchema,
  WorkflowEngineService,
  WorkflowSchema,
} from "@agent-team/contracts";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";

/** 96 characters in two messages with a tag and a length each: 100 bytes, as performance.md section 1 asks. */
const ID = "e".repeat(96);

export const SERVICE: typeof WorkflowEngineService = WorkflowEngineService;
export const PATH: string = `/${SERVICE.typeName}/${SERVICE.method.getWorkflow.name}`;

export const REQUEST: GetWorkflowRequest = create(GetWorkflowRequestSchema, {
  workflowId: new TextDecoder().decode(toBinary(WorkflowSchema, create(WorkflowSchema, { id: ID }))),
});

export const encode = (request: GetWorkflowRequest): Buffer => Buffer.from(toBinary(GetWorkflowRequestSchema, request));
export const decode = (bytes: Uint8Array): GetWorkflowResponse => fromBinary(GetWorkflowResponseSchema, bytes);

/** The answer of a server to a small request: what `checkAnswer` expects. */
const WORKFLOW: { readonly id: string } = { id: ID };

/** A message of 1 MiB, less its tags and lengths. */
const LARGE_ID = "l".repeat((1 << 20) - 16);
export const LARGE_REQUEST: GetWorkflowRequest = create(GetWorkflowRequestSchema, { workflowId: LARGE_ID });
const LARGE_WORKFLOW: { readonly id: string } = { id: LARGE_ID };

/** What every server under measurement answers: a large workflow to a large request. */
export function workflowOf({ workflowId }: GetWorkflowRequest): { readonly id: string } {
  return workflowId.length < LARGE_ID.length ? WORKFLOW : LARGE_WORKFLOW;
}

export const STREAM_PATH: string = `/${SERVICE.typeName}/${SERVICE.method.watchRun.name}`;

/** A server stream: 100 small messages. */
export const EVENTS: readonly { readonly sequence: number; readonly fence: string }[] = Array.from(
  { length: 100 },
  (_, i) => ({ sequence: i + 1, fence: "f".repeat(20) }),
);

/** @throws Error when the answer is not the request's bytes: a peer that gets something else measures something else. */
export function checkAnswer({ workflow }: GetWorkflowResponse): void {
  if (workflow?.id !== ID) throw new Error(`expected the request's ${ID.length} characters back`);
}

/** A gRPC message as it travels: not compressed, its length in four bytes, its bytes. For peers without a gRPC library. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_PREFIX_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, FRAME_PREFIX_BYTES);
  return framed;
}

export const FRAME_PREFIX_BYTES = 5;
