// Tickets for a browser's EventSource: one ticket opens one stream once, and the stream connects again by what it has sent itself.

import { createHash } from "node:crypto";
import {
  type ProcessConversationRequest,
  type ProcessConversationResponseSchema,
  RunState,
} from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { dateAt, IDENTITY_HEADER } from "@agent-team/grpc-server";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { emptyStream, readEvents, readStream } from "./sse-reader.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "./test-gateway.ts";

const KEY = { "x-api-key": "atk_ada" };
const ENV = {
  AUTH_MODE: "api_key",
  API_KEYS: `ada:${createHash("sha256").update(KEY["x-api-key"]).digest("hex")}:admin`,
  IDENTITY_SECRET: "x".repeat(32),
};

type Event = MessageInitShape<typeof ProcessConversationResponseSchema>;
const TURN: readonly Event[] = [
  { sequence: 1, turnId: "t.1", fence: "1-a", message: "one " },
  { sequence: 2, turnId: "t.1", fence: "1-a", message: "two" },
  { sequence: 3, turnId: "t.1", fence: "1-a", event: { case: "turnCompleted", value: {} } },
];
const RUN = [RunState.RUNNING, RunState.SUCCEEDED].map((state, at) => ({
  ...{ sequence: at + 1, fence: "f" },
  event: { case: "runStateChanged" as const, value: { state } },
}));

interface Ticket {
  readonly ticket: string;
  readonly events_url: string;
  readonly connect_before: string;
  readonly reconnect_before: string;
}

/** A gateway, and what its services get. */
async function start(options: TestGatewayOptions = {}): Promise<TestGateway & { asked: string[] }> {
  const asked: string[] = [];
  const note = (after: number, { requestHeader }: HandlerContext): void => {
    const { sub, scp } = decodeJwt(requestHeader.get(IDENTITY_HEADER) ?? "");
    asked.push(`${sub} [${String(scp)}] ${after}`);
  };
  const gateway = await startTestGateway({
    agent: {
      async *processConversation({ resumeAfterSequence: after }, context) {
        note(after, context);
        yield* TURN.slice(after);
      },
    },
    engine: {
      async *watchRun({ resumeAfterSequence: after }, context) {
        note(after, context);
        yield* RUN.slice(after);
      },
    },
    ...options,
    env: { ...ENV, ...options.env },
  });
  return Object.assign(gateway, { asked });
}

async function ticketFor(gateway: TestGateway, stream = "turns/t.1"): Promise<Ticket> {
  const response = await fetch(`${gateway.url}/v1/${stream}/tickets`, { method: "POST", headers: KEY });
  expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
  return (await response.json()) as Ticket;
}

/** As an EventSource asks: without a credential beside the URL. */
function open(gateway: TestGateway, { events_url }: Ticket, lastEventId?: string): Promise<Response> {
  const headers = { accept: "text/event-stream", ...(lastEventId && { "last-event-id": lastEventId }) };
  return fetch(gateway.url + events_url, { headers });
}

async function outcome(response: Response): Promise<readonly [status: number, reason: unknown]> {
  const { reason } = response.status < 400 ? { reason: undefined } : ((await response.json()) as { reason?: string });
  return [response.status, reason];
}

test.for([
  ["turns/t.1", ["stream_opened", "message", "message", "turn_completed"], ["t.1.1-1-a", "t.1.2-1-a", "t.1.3-1-a"]],
  ["runs/r1", ["stream_opened", "run_state_changed", "run_state_changed"], ["1-f", "2-f"]],
] as const)(
  "a ticket for %s opens its stream once, for its subject without its scopes",
  async ([stream, types, ids]) => {
    const clock = new FakeClock();
    await using gateway = await start({ clock });
    const ticket = await ticketFor(gateway, stream);
    expect(ticket).toEqual({
      ticket: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/),
      events_url: `/v1/${stream}/events?ticket=${ticket.ticket}`,
      connect_before: dateAt(clock.wallNow() + 30_000).toISOString(),
      reconnect_before: dateAt(clock.wallNow() + 3_600_000).toISOString(),
    });

    const { events, retryMs } = await readStream(await open(gateway, ticket));
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(retryMs).toBe(1_000);
    const proof = events[0]?.lastEventId ?? "";
    expect(proof).toMatch(/^~[\w-]{22}$/);
    expect(events.slice(1).map(({ lastEventId }) => lastEventId)).toEqual(ids.map((id) => id + proof));
    expect(gateway.asked).toEqual(["ada [] 0"]);

    expect(await outcome(await open(gateway, ticket))).toEqual([401, "TICKET_USED"]);
    expect(await outcome(await open(gateway, ticket, ids[0]))).toEqual([401, "TICKET_USED"]);
  },
);

test("an EventSource that connects again, at another gateway, goes on behind its last event until 204", async () => {
  await using one = await start();
  await using two = await start();
  const ticket = await ticketFor(one);
  const reader = readEvents(await open(one, ticket), emptyStream());
  const ids = [];
  for (let read = 0; read < 2; read += 1) ids.push((await reader.next()).value?.lastEventId);
  await reader.return();

  const { events } = await readStream(await open(two, ticket, ids[1]));
  expect(events.map(({ type }) => type)).toEqual(["stream_opened", "message", "turn_completed"]);
  // The first event has the cursor, so that a break before the second one loses no place.
  expect(events[0]?.lastEventId).toBe(ids[1]);
  expect(await outcome(await open(one, ticket, events.at(-1)?.lastEventId))).toEqual([204, undefined]);
  // Before any event of the turn it has its proof alone.
  expect((await readStream(await open(two, ticket, ids[0]))).events).toHaveLength(4);
  expect([...one.asked, ...two.asked]).toEqual(["ada [] 0", "ada [] 3", "ada [] 1", "ada [] 0"]);
});

test("while the agents are away the stream breaks with the proof in it, so that the EventSource asks until they are back", async () => {
  let isAway = true;
  async function* processConversation({
    resumeAfterSequence: after,
  }: ProcessConversationRequest): AsyncGenerator<Event> {
    if (isAway) throw new ConnectError("no ready endpoint", Code.Unavailable);
    yield* TURN.slice(after);
  }
  await using gateway = await start({ agent: { processConversation } });
  const ticket = await ticketFor(gateway);
  const response = await open(gateway, ticket);
  const received = emptyStream();
  await expect(async () => {
    for await (const _ of readEvents(response, received));
  }).rejects.toThrow();
  expect([response.status, received.events.length]).toEqual([200, 1]);

  isAway = false;
  const again = await readStream(await open(gateway, ticket, received.events[0]?.lastEventId));
  expect(again.events.map(({ type }) => type)).toEqual(["stream_opened", "message", "message", "turn_completed"]);
});

test("a ticket is taken from the query of its stream alone, and not beside another credential", async () => {
  await using gateway = await start();
  const { ticket, events_url } = await ticketFor(gateway);
  const get = async (path: string, init: RequestInit = {}): Promise<readonly [number, unknown]> =>
    outcome(await fetch(gateway.url + path, init));

  expect(await get(`/v1/turns/t.2/events?ticket=${ticket}`)).toEqual([401, "TICKET_INVALID"]);
  expect(await get(`/v1/runs/t.1/events?ticket=${ticket}`)).toEqual([401, "TICKET_INVALID"]);
  expect(await get(`/v1/turns/t.1/events?ticket=`)).toEqual([401, "TICKET_INVALID"]);
  expect(await get(`${events_url}&ticket=${ticket}`)).toEqual([401, "CREDENTIAL_MALFORMED"]);
  const authorization = `Bearer ${ticket}`;
  expect(await get(events_url, { headers: { authorization } })).toEqual([401, "CREDENTIAL_MALFORMED"]);
  expect(await get("/v1/turns/t.1/events", { headers: { authorization } })).toEqual([401, "CREDENTIAL_NOT_ACCEPTED"]);
  expect(await get("/v1/turns/t.1/events", { headers: { "x-api-key": ticket } })).toEqual([401, "API_KEY_UNKNOWN"]);
  expect(await get(`/v1/runs?ticket=${ticket}`)).toEqual([401, "CREDENTIAL_MISSING"]);
  expect(await get(`/v1/turns/t.1?ticket=${ticket}`, { method: "DELETE" })).toEqual([401, "CREDENTIAL_MISSING"]);
  expect((await fetch(gateway.url + events_url, { method: "HEAD" })).status).toBe(401);
  expect(gateway.asked).toEqual([]);
  // None of these has used it up.
  expect((await readStream(await open(gateway, { events_url } as Ticket))).events).toHaveLength(4);

  expect((await fetch(`${gateway.url}/v1/turns/t.1/tickets`, { method: "POST" })).status).toBe(401);
  const bad = await fetch(`${gateway.url}/v1/turns/a%2Fb/tickets`, { method: "POST", headers: KEY });
  expect(await outcome(bad)).toEqual([400, "INVALID_FIELD"]);
});

test("the id of an event that a ticket's reader got is a cursor for every credential, in a URL without its proof", async () => {
  await using gateway = await start();
  const { events } = await readStream(await open(gateway, await ticketFor(gateway)));
  const id = events[1]?.lastEventId ?? "";
  const [after = ""] = id.split("~");
  const url = `${gateway.url}/v1/turns/t.1/events`;
  const rest = ["t.1.2-1-a", "t.1.3-1-a"];

  const byHeader = await readStream(await fetch(url, { headers: { ...KEY, "last-event-id": id } }));
  expect(byHeader.events.map(({ lastEventId }) => lastEventId)).toEqual(rest);
  const byQuery = await readStream(await fetch(`${url}?after=${after}`, { headers: KEY }));
  expect(byQuery.events.map(({ lastEventId }) => lastEventId)).toEqual(rest);
  const next = await ticketFor(gateway);
  const byTicket = await readStream(await open(gateway, { ...next, events_url: `${next.events_url}&after=${after}` }));
  expect(byTicket.events.map(({ type }) => type)).toEqual(["stream_opened", "message", "turn_completed"]);
  expect(byTicket.events[0]?.lastEventId).toMatch(/^t\.1\.1-1-a~/);
});

test.for(["turns/t.1", "runs/r1"])(
  "a proof in the URL of %s is refused: it and the ticket would be in one log",
  async (stream) => {
    await using gateway = await start();
    const ticket = await ticketFor(gateway, stream);
    const { events } = await readStream(await open(gateway, ticket));
    const next = await ticketFor(gateway, stream);
    const events_url = `${next.events_url}&after=${encodeURIComponent(events[1]?.lastEventId ?? "")}`;
    const response = await open(gateway, { ...next, events_url });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ reason: "INVALID_FIELD", errors: [{ field: "after" }] });
    expect(gateway.asked).toHaveLength(1);
  },
);

test("no log line has a ticket or a proof", async () => {
  await using gateway = await start({ env: { LOG_LEVEL: "trace" } });
  const ticket = await ticketFor(gateway);
  const { events } = await readStream(await open(gateway, ticket));
  await open(gateway, ticket);
  await open(gateway, ticket, events[1]?.lastEventId);
  await fetch(`${gateway.url}/v1/turns/t.2/events?ticket=${ticket.ticket}`);
  await fetch(`${gateway.url}/nowhere?ticket=${ticket.ticket}`);

  const written = JSON.stringify(gateway.log);
  expect(written).toContain('"path":"/v1/turns/t.1/events"');
  const proof = events[0]?.lastEventId.slice(1) ?? "";
  for (const text of [...ticket.ticket.split("."), proof]) {
    expect(text.length).toBeGreaterThan(20);
    expect(written).not.toContain(text);
  }
});

test("with AUTH_MODE=none a page has the same URLs, and any gateway takes them", async () => {
  await using one = await start({ env: { AUTH_MODE: "none" } });
  await using two = await start({ env: { AUTH_MODE: "none" } });
  const { events } = await readStream(await open(two, await ticketFor(one)));
  expect(events.map(({ type }) => type)).toEqual(["message", "message", "turn_completed"]);
});

test("with Redis a ticket opens one stream at all gateways together", async ({ skip }) => {
  skip(whyNoRedisServer !== undefined, whyNoRedisServer);
  await using redis = await RedisServer.start();
  const env = { REDIS_URL: redis.url };
  // Their clocks stand still: a gateway that has waited 50 ms for Redis would count for itself.
  const clock = new FakeClock();
  await using one = await start({ env, clock });
  await using two = await start({ env, clock });
  const isReady = (line: Readonly<Record<string, unknown>>): boolean =>
    /Redis at .* is ready/.test(String(line["msg"]));
  await Promise.all([one.logged(isReady), two.logged(isReady)]);

  for (let round = 0; round < 5; round += 1) {
    const ticket = await ticketFor(one);
    const answers = await Promise.all([one, two, one, two].map((gateway) => open(gateway, ticket)));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["200", "401", "401", "401"]);
    await Promise.all(answers.map((answer) => answer.text()));
  }
});
