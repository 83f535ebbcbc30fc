/** The operations of the API, for its OpenAPI document. A test compares them with the routes. */

import {
  CancelTurnResponseSchema,
  CreateWorkflowRequestSchema,
  FireWebhookResponseSchema,
  GetConversationResponseSchema,
  ListConversationsResponseSchema,
  ListNodeTypesResponseSchema,
  ListRunsResponseSchema,
  ListWorkflowsResponseSchema,
  ProcessConversationResponseSchema,
  RerunRunRequestSchema,
  RunSchema,
  StartRunRequestSchema,
  ValidateWorkflowResponseSchema,
  WatchRunResponseSchema,
  WorkflowSchema,
} from "@agent-team/contracts";
import type { Answer, JsonSchema, MessagePart, Operation } from "../openapi/operation.ts";
import { activeBody, cancelBody, messageBody, signalBody } from "../request/bodies.ts";
import { eventsQuery, pageQuery, runQuery } from "../request/parameters.ts";
import { CHAT_OPERATIONS, STREAMS_LIMITED } from "./chat-operations.ts";
import { withIds } from "./path-ids.ts";

const LAST_EVENT_ID = {
  name: "last-event-id",
  description: "the id of the last event: the answer has what follows it",
};
const REPEATED_BEHIND = {
  name: "last-event-id",
  description:
    "of a POST that is repeated, the id of the last event: the answer has what follows it in the same turn, or nothing, and no turn begins; 410 when the turn is not stored any more",
};
const IDEMPOTENCY_KEY = { name: "idempotency-key", description: "another place of request_id" };
const IF_NONE_MATCH = {
  name: "if-none-match",
  description: "the ETag of an earlier answer: 304 when the answer is unchanged",
};
const PREFER = { name: "prefer", description: "respond-async: 202 with the URL of the events" };
const IF_MATCH = {
  name: "if-match",
  description: "the ETag that the change is based on, by default any; a stale one is 412",
};

const NO_CONTENT: Answer = { description: "done" };
const NOT_MODIFIED: Answer = { description: "unchanged: its ETag is in If-None-Match" };
const NO_FURTHER_EVENT: Answer = { description: "the last event was seen" };
const READER_LIMITED: Answer = {
  description:
    "too many requests (RATE_LIMITED), or too many open event streams of the caller at one gateway (TOO_MANY_STREAMS); a reader with a ticket or a last event id gets no TOO_MANY_STREAMS, but a stream that breaks, and asks again",
};
const TURN_EVENTS: Answer = { description: "the events of the turn", events: ProcessConversationResponseSchema };
const RUN_EVENTS: Answer = { description: "the events of the run", events: WatchRunResponseSchema };
const RUN: Answer = { description: "the run", json: RunSchema };
const WORKFLOW: Answer = { description: "the workflow; its version begins the ETag", json: WorkflowSchema };
const CHALLENGE: Answer = { description: "the answer to a sender's challenge", text: "text/plain" };
const NO_DECISION: Answer = { description: "a page that says why nothing can be decided", text: "text/html" };

const strings = (...names: readonly string[]): JsonSchema => ({
  type: "object",
  required: names,
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});

const STARTED_TURN: Answer = { description: "the turn runs", json: strings("turn_id", "events_url") };
const TICKET: Answer = {
  description:
    "the ticket: it opens the stream once before connect_before, and the stream connects again before reconnect_before",
  json: strings("ticket", "events_url", "connect_before", "reconnect_before"),
};
const DRAFT_OF: JsonSchema = strings("conversation_id");
const START_RUN: MessagePart = { message: StartRunRequestSchema, without: ["workflow_id"] };
const RERUN: MessagePart = { message: RerunRunRequestSchema, without: ["run_id"] };
const SPEC = { json: CreateWorkflowRequestSchema };

const CONVERSATIONS: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/conversations/{id}/messages",
    id: "sendMessage",
    summary: "Sends a message. The answer is a turn, as server-sent events.",
    headers: [IDEMPOTENCY_KEY, REPEATED_BEHIND, PREFER],
    body: { json: messageBody },
    answers: { 200: TURN_EVENTS, 202: STARTED_TURN, 429: STREAMS_LIMITED },
  },
  {
    method: "get",
    path: "/v1/conversations",
    id: "listConversations",
    summary: "The caller's conversations, the one that changed last first.",
    query: pageQuery,
    answers: { 200: { description: "a page of conversations", json: ListConversationsResponseSchema } },
  },
  {
    method: "get",
    path: "/v1/conversations/{id}",
    id: "getConversation",
    summary: "Messages and draft.",
    query: pageQuery,
    answers: { 200: { description: "the conversation", json: GetConversationResponseSchema } },
  },
  {
    method: "delete",
    path: "/v1/conversations/{id}",
    id: "deleteConversation",
    summary: "Deletes a conversation with its turns.",
    answers: { 204: NO_CONTENT },
  },
  {
    method: "get",
    path: "/v1/turns/{id}/events",
    id: "readTurn",
    summary: "The events of a turn.",
    query: eventsQuery,
    headers: [LAST_EVENT_ID],
    answers: { 200: TURN_EVENTS, 204: NO_FURTHER_EVENT, 429: READER_LIMITED },
  },
  {
    method: "post",
    path: "/v1/turns/{id}/tickets",
    id: "createTurnTicket",
    summary: "A URL with which a browser's EventSource reads the events of a turn.",
    answers: { 201: TICKET },
  },
  {
    method: "delete",
    path: "/v1/turns/{id}",
    id: "cancelTurn",
    summary: "Stops a turn and its cost.",
    answers: { 200: { description: "whether it was running", json: CancelTurnResponseSchema } },
  },
];

const WORKFLOWS: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/node-types",
    id: "listNodeTypes",
    summary: "The catalogue of node kinds.",
    answers: { 200: { description: "the node kinds", json: ListNodeTypesResponseSchema } },
  },
  {
    method: "get",
    path: "/v1/workflows",
    id: "listWorkflows",
    summary: "Stored workflows.",
    query: pageQuery,
    answers: { 200: { description: "a page of workflows", json: ListWorkflowsResponseSchema } },
  },
  {
    method: "post",
    path: "/v1/workflows",
    id: "createWorkflow",
    summary: "Stores a workflow, or the draft of a conversation.",
    body: { json: { anyOf: [{ $ref: "#/components/schemas/CreateWorkflowRequest" }, DRAFT_OF] } },
    answers: { 201: WORKFLOW },
  },
  {
    method: "post",
    path: "/v1/workflows/validate",
    id: "validateWorkflow",
    summary: "Checks a workflow.",
    body: SPEC,
    answers: { 200: { description: "the issues", json: ValidateWorkflowResponseSchema } },
  },
  {
    method: "get",
    path: "/v1/workflows/{id}",
    id: "getWorkflow",
    summary: "One workflow.",
    answers: { 200: WORKFLOW },
  },
  {
    method: "put",
    path: "/v1/workflows/{id}",
    id: "updateWorkflow",
    summary: "Replaces a workflow.",
    headers: [IF_MATCH],
    body: SPEC,
    answers: { 200: WORKFLOW },
  },
  {
    method: "delete",
    path: "/v1/workflows/{id}",
    id: "deleteWorkflow",
    summary: "Deletes a workflow.",
    headers: [IF_MATCH],
    answers: { 204: NO_CONTENT },
  },
  {
    method: "put",
    path: "/v1/workflows/{id}/active",
    id: "setWorkflowActive",
    summary: "Switches the trigger of a workflow on or off.",
    body: { json: activeBody },
    answers: { 200: WORKFLOW },
  },
];

const RUNS: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/workflows/{id}/runs",
    id: "startRun",
    summary: "Starts a run.",
    body: { json: START_RUN, isOptional: true },
    answers: { 201: RUN },
  },
  {
    method: "post",
    path: "/v1/runs/{id}/rerun",
    id: "rerunRun",
    summary: "Runs a run again, from where it failed or from the start.",
    body: { json: RERUN, isOptional: true },
    answers: { 201: RUN },
  },
  {
    method: "get",
    path: "/v1/runs",
    id: "listRuns",
    summary: "Runs, the newest first.",
    query: runQuery,
    answers: { 200: { description: "a page of runs", json: ListRunsResponseSchema } },
  },
  {
    method: "get",
    path: "/v1/runs/{id}",
    id: "getRun",
    summary: "One run with its nodes.",
    answers: { 200: RUN },
  },
  {
    method: "delete",
    path: "/v1/runs/{id}",
    id: "deleteRun",
    summary: "Deletes a run that has ended.",
    answers: { 204: NO_CONTENT },
  },
  {
    method: "get",
    path: "/v1/runs/{id}/events",
    id: "watchRun",
    summary: "The events of a run.",
    query: eventsQuery,
    headers: [LAST_EVENT_ID],
    answers: { 200: RUN_EVENTS, 204: NO_FURTHER_EVENT, 429: READER_LIMITED },
  },
  {
    method: "post",
    path: "/v1/runs/{id}/tickets",
    id: "createRunTicket",
    summary: "A URL with which a browser's EventSource reads the events of a run.",
    answers: { 201: TICKET },
  },
  {
    method: "post",
    path: "/v1/runs/{id}/cancel",
    id: "cancelRun",
    summary: "Cancels a run.",
    body: { json: cancelBody, isOptional: true },
    answers: { 200: RUN },
  },
  {
    method: "post",
    path: "/v1/runs/{id}/signals/{node}",
    id: "signalRun",
    summary: "Decides a node that waits for a person.",
    body: { json: signalBody },
    answers: { 204: NO_CONTENT },
  },
];

const OTHERS: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/hooks/{workflow}/{token}",
    id: "fireWebhook",
    summary: "Starts a run by a webhook.",
    body: { json: {}, isOptional: true },
    answers: { 200: CHALLENGE, 202: { description: "the run is stored", json: FireWebhookResponseSchema } },
    isOpen: true,
  },
  {
    method: "get",
    path: "/v1/hooks/{workflow}/{token}",
    id: "answerChallenge",
    summary: "Answers the challenge with which a sender checks the URL.",
    answers: { 200: CHALLENGE },
    isOpen: true,
  },
  {
    method: "get",
    path: "/v1/approvals/{run}/{node}/{token}",
    id: "showApproval",
    summary: "The page of an approval, for a person with its link. Decides nothing.",
    answers: { 200: { description: "the page", text: "text/html" } },
    failure: NO_DECISION,
    isOpen: true,
  },
  {
    method: "post",
    path: "/v1/approvals/{run}/{node}/{token}",
    id: "decideApproval",
    summary: "Decides by the form of that page: decision (approve or reject), comment, name.",
    answers: { 303: { description: "to the page, which shows the decision" } },
    failure: NO_DECISION,
    isOpen: true,
  },
  {
    method: "get",
    path: "/v1/discovery",
    id: "getDiscovery",
    summary: "The endpoints that the gateway's channels know. Needs the scope admin.",
    answers: { 200: { description: "a snapshot of each channel", json: { type: "object" } } },
  },
  {
    method: "get",
    path: "/health",
    id: "getHealth",
    summary: "For load balancers.",
    answers: { 200: { description: "the process serves", json: strings("status") } },
    isOpen: true,
  },
];

export const OPERATIONS: readonly Operation[] = [...CONVERSATIONS, ...CHAT_OPERATIONS, ...WORKFLOWS, ...RUNS, ...OTHERS]
  .map(withCondition)
  .map(withIds);

/** Each GET that answers JSON has an ETag: see middleware/conditional.ts. */
function withCondition(operation: Operation): Operation {
  const { method, path, answers, headers = [] } = operation;
  if (method !== "get" || !path.startsWith("/v1/") || answers[200]?.json === undefined) return operation;
  return { ...operation, headers: [...headers, IF_NONE_MATCH], answers: { ...answers, 304: NOT_MODIFIED } };
}
