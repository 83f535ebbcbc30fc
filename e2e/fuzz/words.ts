/** Values that lead deep into the services: an id that is known, a request that the planner understands, a graph that connects. */

import fc from "fast-check";

/** Stands for an id of a kind that the gateway has given. It is filled in when the request is sent. */
export interface KnownId {
  readonly known: IdKind;
  readonly at: number;
}

export const ID_KINDS = [
  "conversation",
  "workflow",
  "run",
  "turn",
  "node",
  "event",
  "hook",
  "token",
  "model",
  "ticket",
] as const;
export type IdKind = (typeof ID_KINDS)[number];

export function isKnownId(value: unknown): value is KnownId {
  return typeof value === "object" && value !== null && "known" in value && "at" in value;
}

export const knownId = (known: IdKind): fc.Arbitrary<KnownId> =>
  fc.record({ known: fc.constant(known), at: fc.nat(1_000) });

const NODE = fc.constantFrom("start", "a", "b", "ask");

/** By the name of a parameter or a property. */
const BY_NAME: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  message: fc.constantFrom(
    "Hello, workflow!",
    "fetch https://example.com/orders, then POST it to https://example.com/audit",
    "every weekday at 9am fetch https://example.com/orders, if total is over 1000 ask me to approve",
    "make it 8:30 and drop the approval",
    "save it",
    "run it",
    "Fasse https://example.com zusammen",
  ),
  conversation_id: knownId("conversation"),
  workflow_id: knownId("workflow"),
  workflow: knownId("hook"),
  token: knownId("token"),
  ticket: knownId("ticket"),
  after: knownId("event"),
  run_id: knownId("run"),
  run: knownId("run"),
  node: knownId("node"),
  node_id: NODE,
  from_node: NODE,
  to_node: NODE,
  request_id: fc.constantFrom("r1", "r2", "r3"),
  "idempotency-key": fc.constantFrom("r1", "r2", "r3"),
  "last-event-id": knownId("event"),
  "x-conversation-id": knownId("conversation"),
  "if-match": fc.constantFrom('"1"', '"2"', "*", 'W/"1"', "1"),
  "if-none-match": fc.constantFrom("*", '"3"', 'W/"abc"'),
  prefer: fc.constantFrom("respond-async", "wait=1"),
  subtype: fc.constantFrom("MANUAL", "WEBHOOK", "CRON", "HTTP_REQUEST", "IF", "DELAY", "APPROVAL", "MERGE", "FOR_EACH"),
  output_key: fc.constantFrom("", "approved", "rejected", "true", "false", "item"),
  page_token: fc.constantFrom("", "abc"),
  state: fc.constantFrom("RUNNING", "RUN_STATE_FAILED", "WAITING", "ASLEEP"),
  page_size: fc.constantFrom("0", "1", "200", "201", "-1"),
  model: fc.constantFrom("agent-team", "gpt-5"),
  role: fc.constantFrom("system", "user", "assistant"),
  content: fc.constantFrom("Hello!", "fetch https://example.com/orders", ""),
};

/** Of the configurations of nodes. */
const CONFIGURATION: fc.Arbitrary<unknown> = fc.record(
  {
    url: fc.constantFrom("https://example.com/", "http://127.0.0.1/", "http://[::1]:50051/", "ftp://example.com"),
    method: fc.constantFrom("GET", "POST", "get", 7),
    expression: fc.constantFrom("* * * * *", "0 9 31 2 *", "{% input.a %}", "{% $$$ %}", "{% (function($n){$n})(1) %}"),
    timezone: fc.constantFrom("Europe/Berlin", "Nowhere/Town"),
    duration_seconds: fc.constantFrom(1, 0, -1, 1e12, "1"),
    prompt: fc.constantFrom("Pay?", ""),
    items: fc.constantFrom("{% [1, 2] %}", [1, 2, 3]),
  },
  { requiredKeys: [] },
);

/** A workflow that is stored and runs: `ask` waits for a person. */
export const LINEAR_SPEC: Readonly<Record<string, unknown>> = {
  name: "linear",
  nodes: [
    { id: "start", type: "TRIGGER", subtype: "MANUAL" },
    { id: "ask", type: "HUMAN_IN_THE_LOOP", subtype: "APPROVAL", configuration: { prompt: "Pay?" } },
  ],
  connections: [{ from_node: "start", to_node: "ask" }],
};

/** A workflow that starts by a webhook. */
export const HOOK_SPEC: Readonly<Record<string, unknown>> = {
  name: "hook",
  nodes: [
    { id: "start", type: "TRIGGER", subtype: "WEBHOOK" },
    { id: "wait", type: "FLOW", subtype: "DELAY", configuration: { duration_seconds: 1 } },
  ],
  connections: [{ from_node: "start", to_node: "wait" }],
};

/** What a value of this name usually is; undefined where any value of the schema will do. */
export function wordFor(name: string): fc.Arbitrary<unknown> | undefined {
  if (name === "configuration") return CONFIGURATION;
  if (name === "spec") return fc.constant(LINEAR_SPEC);
  return Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
}
