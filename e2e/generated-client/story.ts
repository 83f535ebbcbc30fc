/**
 * A program of a user: compiled with the client that a public generator makes of openapi.json, and run against a gateway.
 * Argument 1: the URL of the gateway, argument 2: the origin that the workflow calls. It prints what it has read back, as JSON.
 */

import { client } from "./client/client.gen.ts";
import type { ProcessConversationResponse, Run, Workflow } from "./client/index.ts";
import {
  cancelTurn,
  createWorkflow,
  deleteConversation,
  getConversation,
  getRun,
  listNodeTypes,
  listRuns,
  sendMessage,
  startRun,
  watchRun,
} from "./client/index.ts";

const [baseUrl = "", origin = ""] = process.argv.slice(2);
client.setConfig({ baseUrl });

const path = { id: "generated" };

/** The answer to a request for a workflow, and the turn. */
async function describe(): Promise<{ text: string; last: ProcessConversationResponse | undefined }> {
  const message = `fetch ${origin}/orders, then post it to ${origin}/audit`;
  const { stream } = await sendMessage({ path, body: { message } });
  let text = "";
  let last: ProcessConversationResponse | undefined;
  for await (const event of stream) {
    // The generator types what a stream yields by every success: 202 and 204 are not streams.
    if (typeof event !== "object" || "events_url" in event) continue;
    last = event;
    text += event.message ?? "";
  }
  return { text, last };
}

async function store(): Promise<Workflow> {
  const { data, error } = await createWorkflow({ body: { conversation_id: path.id } });
  if (data === undefined) throw new Error(error.detail);
  return data;
}

async function run(workflowId: string): Promise<{ run: Run; events: number }> {
  const started = await startRun({ path: { id: workflowId }, body: { input: { note: "by a generated client" } } });
  if (started.data?.id === undefined) throw new Error(started.error?.detail ?? "a run without an id");
  const { id } = started.data;
  let events = 0;
  const { stream } = await watchRun({ path: { id } });
  for await (const _ of stream) events += 1;
  const { data } = await getRun({ path: { id }, throwOnError: true });
  return { run: data, events };
}

const answer = await describe();
const conversation = await getConversation({ path, throwOnError: true });
const workflow = await store();
const ended = await run(workflow.id ?? "");
const runs = await listRuns({ query: { workflow_id: workflow.id ?? "", state: "SUCCEEDED" }, throwOnError: true });
const kinds = await listNodeTypes({ throwOnError: true });
const cancelled = await cancelTurn({ path: { id: answer.last?.turn_id ?? "" }, throwOnError: true });
const deleted = await deleteConversation({ path });
const gone = await getConversation({ path });

console.log(
  JSON.stringify({
    hasWholeAnswer: answer.last?.turn_completed !== undefined,
    storedAnswer: conversation.data.messages?.at(-1)?.text === answer.text,
    nodes: workflow.spec?.nodes?.map(({ subtype }) => subtype),
    state: ended.run.state,
    hasEvents: ended.events > 2,
    runs: runs.data.runs?.map(({ id }) => id === ended.run.id),
    knowsKinds: kinds.data.node_types?.some(({ subtype }) => subtype === "HTTP_REQUEST"),
    wasRunning: cancelled.data.was_running ?? false,
    deleted: deleted.response?.status,
    gone: gone.error?.code,
  }),
);
