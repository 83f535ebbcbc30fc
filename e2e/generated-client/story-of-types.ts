/**
 * The program of another user: openapi-fetch with the types that openapi-typescript makes of openapi.json. Argument 1: the URL of the
 * gateway, argument 2: the origin that the workflow calls. It prints what it has read back, as JSON.
 */

import createClient from "openapi-fetch";
import type { components, paths } from "./client/paths.ts";

type Schemas = components["schemas"];

const [baseUrl = "", origin = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl });
const params = { path: { id: "typed" } };

/** The `data` of each event. A stream is not typed by its events: only the document names their schema. */
async function eventsOf<Event>(stream: ReadableStream<Uint8Array> | null | undefined): Promise<Event[]> {
  const text = await new Response(stream ?? null).text();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data));
}

async function describe(): Promise<{ text: string; last: Schemas["ProcessConversationResponse"] | undefined }> {
  const message = `fetch ${origin}/orders, then post it to ${origin}/audit`;
  const path = "/v1/conversations/{id}/messages";
  const { data, error } = await client.POST(path, { params, body: { message }, parseAs: "stream" });
  if (error !== undefined) throw new Error(error.detail);
  const events = await eventsOf<Schemas["ProcessConversationResponse"]>(data);
  return { text: events.map((event) => event.message ?? "").join(""), last: events.at(-1) };
}

async function store(): Promise<Schemas["Workflow"]> {
  const { data, error } = await client.POST("/v1/workflows", { body: { conversation_id: params.path.id } });
  if (data === undefined) throw new Error(error.detail);
  return data;
}

async function run(workflowId: string): Promise<{ run: Schemas["Run"]; events: number }> {
  const started = await client.POST("/v1/workflows/{id}/runs", {
    params: { path: { id: workflowId } },
    body: { input: { note: "by a generated client" } },
  });
  if (started.data?.id === undefined) throw new Error(started.error?.detail ?? "a run without an id");
  const path = { id: started.data.id };
  // As a page does: the URL for an EventSource.
  const { data: ticket } = await client.POST("/v1/runs/{id}/tickets", { params: { path } });
  const response = await fetch(`${baseUrl}${ticket?.events_url}`);
  const events = await eventsOf<Schemas["WatchRunResponse"]>(response.body);
  const { data } = await client.GET("/v1/runs/{id}", { params: { path } });
  if (data === undefined) throw new Error("the run is gone");
  return { run: data, events: events.length };
}

const answer = await describe();
const conversation = await client.GET("/v1/conversations/{id}", { params });
const workflow = await store();
const ended = await run(workflow.id ?? "");
const query = { workflow_id: workflow.id ?? "", state: "SUCCEEDED" };
const runs = await client.GET("/v1/runs", { params: { query } });
const kinds = await client.GET("/v1/node-types");
const turn = { path: { id: answer.last?.turn_id ?? "" } };
const cancelled = await client.DELETE("/v1/turns/{id}", { params: turn });
const deleted = await client.DELETE("/v1/conversations/{id}", { params });
const gone = await client.GET("/v1/conversations/{id}", { params });

console.log(
  JSON.stringify({
    hasWholeAnswer: answer.last?.turn_completed !== undefined,
    storedAnswer: conversation.data?.messages?.at(-1)?.text === answer.text,
    nodes: workflow.spec?.nodes?.map(({ subtype }) => subtype),
    state: ended.run.state,
    hasEvents: ended.events > 2,
    runs: runs.data?.runs?.map(({ id }) => id === ended.run.id),
    knowsKinds: kinds.data?.node_types?.some(({ subtype }) => subtype === "HTTP_REQUEST"),
    wasRunning: cancelled.data?.was_running ?? false,
    deleted: deleted.response.status,
    gone: gone.error?.code,
  }),
);
