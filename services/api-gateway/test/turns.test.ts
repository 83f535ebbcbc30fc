// Turns by their id: a client that lost its stream comes back with the id of the last event, stops a turn, or waits for another one.

import {
  ErrorInfoSchema,
  type ProcessConversationRequest,
  type ProcessConversationResponseSchema,
} from "@agent-team/contracts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { emptyStream, readEvents, readStream } from "./sse-reader.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

type Event = MessageInitShape<typeof ProcessConversationResponseSchema>;

const TURN: readonly Event[] = [
  { sequence: 1, turnId: "t.1", fence: "1-a", event: { case: "turnStarted", value: {} } },
  { sequence: 2, turnId: "t.1", fence: "1-a", message: "Hel" },
  { sequence: 3, turnId: "t.1", fence: "2-b", message: "lo" },
  { sequence: 4, turnId: "t.1", fence: "2-b", event: { case: "turnCompleted", value: {} } },
];

/** An agent that stores one turn, as far as callers see it. */
class StoredTurn {
  readonly requests: ProcessConversationRequest[] = [];
  readonly cancelled: string[] = [];
  failure: ConnectError | undefined;

  readonly agent = {
    processConversation: (request: ProcessConversationRequest) => this.#read(request),
    cancelTurn: ({ turnId }: { readonly turnId: string }) => {
      this.cancelled.push(turnId);
      this.failure = undefined;
      return { wasRunning: true };
    },
  };

  async *#read(request: ProcessConversationRequest) {
    this.requests.push(request);
    if (this.failure !== undefined && request.turnId === "") throw this.failure;
    yield* TURN.slice(request.resumeAfterSequence);
    this.failure = undefined;
  }
}

const ACTIVE = new ConnectError("turn t.0 of this conversation is still running", Code.FailedPrecondition, undefined, [
  { desc: ErrorInfoSchema, value: { domain: "agentteam", reason: "TURN_ACTIVE", metadata: { turn_id: "t.0" } } },
]);

function get(gateway: TestGateway, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/turns/${path}`, { headers });
}

function post(
  gateway: TestGateway,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${gateway.url}/v1/conversations/c/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ message: "Hi", ...body }),
  });
}

test.for([
  ["Last-Event-ID", "t.1/events", { "last-event-id": "t.1.2-1-a" }],
  ["?after=", "t.1/events?after=t.1.2-1-a", {}],
] as const)("a client that comes back with %s gets what follows", async ([, path, headers]) => {
  const turn = new StoredTurn();
  await using gateway = await startTestGateway({ agent: turn.agent });
  const { events } = await readStream(await get(gateway, path, headers));

  expect(events.map(({ lastEventId }) => lastEventId)).toEqual(["t.1.3-2-b", "t.1.4-2-b"]);
  expect(turn.requests).toMatchObject([
    { turnId: "t.1", resumeAfterSequence: 2, resumeFence: "1-a", requestId: "", message: "" },
  ]);
});

test("without a cursor the whole turn comes, and after its last event 204", async () => {
  const turn = new StoredTurn();
  await using gateway = await startTestGateway({ agent: turn.agent });
  const { events } = await readStream(await get(gateway, "t.1/events"));
  expect(events).toHaveLength(4);

  const after = await get(gateway, "t.1/events", { "last-event-id": events.at(-1)?.lastEventId ?? "" });
  expect([after.status, await after.text()]).toEqual([204, ""]);
});

test.for(["nonsense", "t.2.1-1-a"])("the cursor %s is 400", async (cursor) => {
  const turn = new StoredTurn();
  await using gateway = await startTestGateway({ agent: turn.agent });
  const response = await get(gateway, "t.1/events", { "last-event-id": cursor });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ reason: "INVALID_FIELD", errors: [{ field: "Last-Event-ID" }] });
  const inQuery = await get(gateway, `t.1/events?after=${cursor}`);
  expect([inQuery.status, await inQuery.json()]).toMatchObject([400, { errors: [{ field: "after" }] }]);
  expect(turn.requests).toEqual([]);
});

test("output that the store has lost moves the cursor of the client back", async () => {
  const truncation: Event = {
    turnId: "t.1",
    fence: "1-a",
    event: { case: "outputTruncated", value: { keepThroughSequence: 1, reason: "STORE_LOST_EVENTS" } },
  };
  const processConversation = async function* () {
    yield truncation;
    yield* TURN.slice(1);
  };
  await using gateway = await startTestGateway({ agent: { processConversation } });
  const { events } = await readStream(await get(gateway, "t.1/events", { "last-event-id": "t.1.9-1-a" }));

  expect(events[0]).toMatchObject({ type: "output_truncated", lastEventId: "t.1.1-1-a" });
});

test("while no agent answers, a client that comes back gets a stream that breaks, not an error", async () => {
  const processConversation = async function* (): AsyncGenerator<Event> {
    yield* [];
    throw new ConnectError("no ready endpoint at 10.0.10.7", Code.Unavailable);
  };
  await using gateway = await startTestGateway({ agent: { processConversation } });
  const response = await get(gateway, "t.1/events");
  const received = emptyStream();

  expect(response.status).toBe(200);
  const reading = (async () => {
    for await (const _ of readEvents(response, received));
  })();
  await expect(reading).rejects.toThrow();
  expect(received.events).toEqual([]);
});

test("DELETE stops a turn", async () => {
  const turn = new StoredTurn();
  await using gateway = await startTestGateway({ agent: turn.agent });
  const response = await fetch(`${gateway.url}/v1/turns/t.1`, { method: "DELETE" });

  expect([response.status, await response.json()]).toEqual([200, { was_running: true }]);
  expect(turn.cancelled).toEqual(["t.1"]);
});

test("a POST with Last-Event-ID attaches to its turn and begins none; to one that is not stored any more it is 410", async () => {
  const turn = new StoredTurn();
  await using gateway = await startTestGateway({ agent: turn.agent });
  const { events } = await readStream(await post(gateway, {}, { "last-event-id": "t.1.2-1-a" }));
  expect(events.map(({ lastEventId }) => lastEventId)).toEqual(["t.1.3-2-b", "t.1.4-2-b"]);
  expect(turn.requests).toMatchObject([{ turnId: "t.1", message: "" }]);

  // fetch-event-source repeats a POST until its answer is a stream.
  const ended = await post(gateway, {}, { "last-event-id": events.at(-1)?.lastEventId ?? "" });
  expect([ended.status, ended.headers.get("content-type"), await ended.text()]).toEqual([200, "text/event-stream", ""]);
  expect(turn.requests).toHaveLength(2);

  const processConversation = async function* (): AsyncGenerator<Event> {
    yield* [];
    throw new ConnectError("turn was not found", Code.NotFound);
  };
  await using other = await startTestGateway({ agent: { processConversation } });
  const gone = await post(other, {}, { "last-event-id": "t.1.2-1-a" });
  expect([gone.status, ((await gone.json()) as { reason: string }).reason]).toEqual([410, "TURN_GONE"]);
});

test("with Prefer: respond-async a message is answered with the URL of its turn, and the gateway reads the turn", async () => {
  const turn = new StoredTurn();
  await using gateway = await startTestGateway({ agent: turn.agent });
  const response = await post(gateway, {}, { prefer: "respond-async", "idempotency-key": "k-1" });

  expect([response.status, response.headers.get("location")]).toEqual([202, "/v1/turns/t.1/events"]);
  expect(await response.json()).toEqual({ turn_id: "t.1", events_url: "/v1/turns/t.1/events" });
  expect(turn.requests).toMatchObject([{ message: "Hi", requestId: "k-1" }]);
});

test("a second message while a turn runs is 409 with the id of that turn", async () => {
  const turn = new StoredTurn();
  turn.failure = ACTIVE;
  await using gateway = await startTestGateway({ agent: turn.agent });
  const response = await post(gateway, {});

  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ reason: "TURN_ACTIVE", turn_id: "t.0" });
});

test.for([
  ["interrupt", ["t.0"], ["", ""]],
  ["enqueue", [], ["", "t.0", ""]],
] as const)("on_active_turn: %s ends the other turn, or waits for it", async ([onActiveTurn, cancelled, turnIds]) => {
  const turn = new StoredTurn();
  turn.failure = ACTIVE;
  await using gateway = await startTestGateway({ agent: turn.agent });
  const { events } = await readStream(await post(gateway, { on_active_turn: onActiveTurn }));

  expect(events.at(-1)?.type).toBe("turn_completed");
  expect(turn.cancelled).toEqual(cancelled);
  expect(turn.requests.map(({ turnId }) => turnId)).toEqual(turnIds);
  expect(new Set(turn.requests.filter(({ turnId }) => turnId === "").map(({ requestId }) => requestId)).size).toBe(1);
});

test("on_active_turn: interrupt goes on when the other turn, which was refused, is not stored", async () => {
  const turn = new StoredTurn();
  turn.failure = ACTIVE;
  const cancelTurn = (): never => {
    turn.failure = undefined; // its message was taken back
    throw new ConnectError("turn t.0 was not found", Code.NotFound);
  };
  await using gateway = await startTestGateway({ agent: { ...turn.agent, cancelTurn } });
  const { events } = await readStream(await post(gateway, { on_active_turn: "interrupt" }));

  expect(events.at(-1)?.type).toBe("turn_completed");
});

test("on_active_turn of another value is 400", async () => {
  await using gateway = await startTestGateway();
  const response = await post(gateway, { on_active_turn: "wait" });
  expect(await response.json()).toMatchObject({ status: 400, errors: [{ field: "on_active_turn" }] });
});
