// The event streams of one subject at a gateway: how many are open at once, who gets the place of a broken one, and that places come back.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { RunState } from "@agent-team/contracts";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { emptyStream, readEvents } from "./sse-reader.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");
const ADA = { "x-api-key": "atk_ada" };
const BOB = { "x-api-key": "atk_bob" };
const ENV = {
  AUTH_MODE: "api_key",
  API_KEYS: `ada:${hashOf("atk_ada")},bob:${hashOf("atk_bob")}`,
  IDENTITY_SECRET: "x".repeat(32),
  REQUESTS_PER_MINUTE: "1000000",
  MESSAGES_PER_MINUTE: "1000000",
};
const runState = (state: RunState) => ({ case: "runStateChanged" as const, value: { state } });

interface LimitedGateway extends TestGateway {
  /** The turns and runs end. */
  finish(): void;
  /** Of the metric of this name: `open`, `refused_total`. */
  figure(name: string): Promise<number>;
  isOpen(streams: number): Promise<void>;
}

/** Turns and runs send one event, and are then held. Those named `none` are unknown, and those named `silent` have no event. */
async function start(env: Readonly<Record<string, string>> = {}): Promise<LimitedGateway> {
  const held = Promise.withResolvers<void>();
  const hold = (signal: AbortSignal): Promise<unknown> => Promise.race([held.promise, once(signal, "abort")]);
  const gateway = await startTestGateway({
    agent: {
      async *processConversation({ turnId, conversationId, resumeAfterSequence: after }, { signal }: HandlerContext) {
        const each = { turnId: turnId || `t.${conversationId}`, fence: "1-a" };
        if (each.turnId === "t.none") throw new ConnectError("no such turn", Code.NotFound);
        if (each.turnId === "t.away") throw new ConnectError("no agent", Code.Unavailable);
        if (each.turnId !== "t.silent") yield { ...each, sequence: after + 1, message: "half" };
        if (each.turnId === "t.broken") throw new ConnectError("lost", Code.Unavailable);
        await hold(signal);
        yield { ...each, sequence: after + 2, event: { case: "turnCompleted" as const, value: {} } };
      },
      copyConversation: () => ({}),
      deleteConversation: () => ({}),
    },
    engine: {
      async *watchRun({ runId }, { signal }: HandlerContext) {
        if (runId === "none") throw new ConnectError("no such run", Code.NotFound);
        yield { sequence: 1, fence: "f", event: runState(RunState.RUNNING) };
        await hold(signal);
        yield { sequence: 2, fence: "f", event: runState(RunState.SUCCEEDED) };
      },
    },
    env: { ...ENV, ...env },
  });
  const figure = async (name: string): Promise<number> => {
    const text = await (await fetch(`${gateway.healthUrl}/metrics`)).text();
    return Number(new RegExp(`^gateway_event_streams_${name} (\\d+)$`, "m").exec(text)?.[1]);
  };
  return Object.assign(gateway, {
    finish: held.resolve,
    figure,
    isOpen: async (streams: number) => expect.poll(() => figure("open"), { interval: 2 }).toBe(streams),
  });
}

type Headers = Readonly<Record<string, string>>;

const events = ({ url }: TestGateway, path: string, headers: Headers = ADA): Promise<Response> =>
  fetch(`${url}/v1/${path}/events`, { headers: { accept: "text/event-stream", ...headers } });

const post = ({ url }: TestGateway, path: string, body: object, headers: Headers = ADA): Promise<Response> =>
  fetch(`${url}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const say = (gateway: TestGateway, conversation: string, headers: Headers = ADA): Promise<Response> =>
  post(
    gateway,
    `conversations/${conversation}/messages`,
    { message: "Hi" },
    { accept: "text/event-stream", ...headers },
  );

const chat = (gateway: TestGateway): Promise<Response> =>
  post(gateway, "chat/completions", { stream: true, messages: [{ role: "user", content: "Hi" }] });

async function byTicket(gateway: TestGateway, stream: string): Promise<Response> {
  const { events_url } = (await (await post(gateway, `${stream}/tickets`, {})).json()) as { events_url: string };
  return await fetch(gateway.url + events_url, { headers: { accept: "text/event-stream" } });
}

/** The sockets of readers whose network is gone: they neither read nor close. */
async function openSocket(gateway: TestGateway, ...heads: readonly string[]): Promise<Socket> {
  const socket = connect({ port: gateway.port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.on("error", () => {}); // the reset
  const rest = `host: 127.0.0.1:${gateway.port}\r\nx-api-key: atk_ada\r\naccept: text/event-stream\r\n\r\n`;
  socket.write(heads.map((head) => `${head} HTTP/1.1\r\n${rest}`).join(""));
  return socket;
}

const getOf = (path: string): string => `GET /v1/${path}/events`;

test("ten streams of one subject are open, of every kind; the eleventh is refused, and another subject does not notice", async () => {
  await using gateway = await start();
  const kinds = [say, (each: TestGateway, n: string) => events(each, `turns/t.${n}`), chat, byTicketOfRun, eventsOfRun];
  const open: Response[] = [];
  for (let stream = 0; stream < 10; stream += 1)
    open.push(await (kinds[stream % kinds.length] ?? say)(gateway, `c${stream}`));
  expect(open.map(({ status }) => status)).toEqual(Array(10).fill(200));
  await gateway.isOpen(10);

  const detail =
    "10 event streams are open, the most that one caller may have at one gateway; close one or wait until one ends, then ask again";
  for (const refused of [
    await say(gateway, "c"),
    await events(gateway, "turns/t.c"),
    await events(gateway, "runs/r"),
  ]) {
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(await refused.json()).toMatchObject({ code: "RESOURCE_EXHAUSTED", reason: "TOO_MANY_STREAMS", detail });
  }
  const refused = await chat(gateway);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
  expect(await refused.json()).toMatchObject({ error: { message: detail, code: "too_many_streams" } });
  expect((await say(gateway, "c", BOB)).status).toBe(200);
  const apart = await say(gateway, "c", { ...ADA, prefer: "respond-async" });
  expect(apart.status).toBe(202); // reads no stream

  await open[0]?.body?.cancel();
  await gateway.isOpen(10); // bob's is the tenth
  expect((await say(gateway, "c")).status).toBe(200);
  expect((await say(gateway, "c")).status).toBe(429);
  expect(await gateway.figure("refused_total")).toBe(5);
});

function byTicketOfRun(gateway: TestGateway, id: string): Promise<Response> {
  return byTicket(gateway, `runs/${id}`);
}

function eventsOfRun(gateway: TestGateway, id: string): Promise<Response> {
  return events(gateway, `runs/${id}`);
}

test.for<[what: string, head: string, again: (gateway: TestGateway) => Promise<Response>]>([
  [
    "a turn, by its last event",
    getOf("turns/t.1"),
    (each) => events(each, "turns/t.1", { ...ADA, "last-event-id": "t.1.1-1-a" }),
  ],
  ["a turn, from its beginning", getOf("turns/t.1"), (each) => events(each, "turns/t.1")],
  ["a turn, by ticket", getOf("turns/t.1"), (each) => byTicket(each, "turns/t.1")],
  [
    "a turn, by a repeated POST",
    getOf("turns/t.1"),
    (each) => say(each, "1", { ...ADA, "last-event-id": "t.1.1-1-a" }),
  ],
  ["a run", getOf("runs/r"), (each) => events(each, "runs/r")],
])("a reader of %s that comes back takes the place of its half-open connection", async ([, head, again]) => {
  await using gateway = await start({ STREAMS_PER_SUBJECT: "2" });
  const other = await say(gateway, "other");
  const stale = await openSocket(gateway, head);
  const closed = new Promise((resolve) => stale.once("close", resolve));
  await gateway.isOpen(2);

  const answer = again(gateway); // with a cursor it begins with the next event
  await vi.waitUntil(async () => (await gateway.figure("replaced_total")) === 1);
  stale.resume();
  await closed;
  await gateway.isOpen(2);
  expect([await gateway.figure("refused_total"), await gateway.figure("replaced_total")]).toEqual([0, 1]);
  gateway.finish();
  const response = await answer;
  expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(/turn_completed|SUCCEEDED/)]);
  expect(await other.text()).toMatch(/turn_completed/);
  await gateway.isOpen(0);
});

test("the reader of a POST whose connection hangs takes its place by its key, and by the turn that it began", async () => {
  await using gateway = await start({ STREAMS_PER_SUBJECT: "1" });
  const first = await say(gateway, "1", { ...ADA, "idempotency-key": "k" });
  const second = await say(gateway, "1", { ...ADA, "idempotency-key": "k" });
  await expect(first.text()).rejects.toThrow();
  expect((await say(gateway, "1", { ...ADA, "idempotency-key": "another" })).status).toBe(429);
  const third = await events(gateway, "turns/t.1");
  await expect(second.text()).rejects.toThrow();
  gateway.finish();
  expect(await third.text()).toMatch(/turn_completed/);
});

test("an EventSource whose place another stream has got asks again until there is one: no status ends it", async () => {
  await using gateway = await start({ STREAMS_PER_SUBJECT: "1" });
  const first = readEvents(await events(gateway, "turns/t.1"), emptyStream());
  const id = (await first.next()).value?.lastEventId ?? "";
  await first.return();
  await gateway.isOpen(0);
  const thief = await say(gateway, "other");

  const again = { ...ADA, "last-event-id": id };
  const early = await events(gateway, "turns/t.1", again);
  expect(early.status).toBe(200);
  const received = emptyStream();
  await expect(readEvents(early, received).next()).rejects.toThrow(); // it breaks, and an EventSource asks again
  expect(received).toEqual({
    events: [],
    comments: [expect.stringMatching(/^1 event stream is open/)],
    retryMs: 5_000,
  });

  const waiting = emptyStream();
  const opened = readEvents(await byTicket(gateway, "turns/t.1"), waiting);
  expect((await opened.next()).value).toMatchObject({ type: "stream_opened", lastEventId: /^~/ });
  await expect(opened.next()).rejects.toThrow();
  expect(waiting.retryMs).toBe(5_000);

  await thief.body?.cancel();
  await gateway.isOpen(0);
  const late = await events(gateway, "turns/t.1", again);
  const next = await readEvents(late, emptyStream()).next();
  expect(next.value).toMatchObject({ type: "message", lastEventId: "t.1.2-1-a" });
});

test("a HEAD takes no reader's place", async () => {
  await using gateway = await start({ STREAMS_PER_SUBJECT: "1" });
  const reader = await events(gateway, "turns/t.1");
  const head = await fetch(`${gateway.url}/v1/turns/t.1/events`, { method: "HEAD", headers: ADA });
  expect(head.status).toBe(429);
  gateway.finish();
  expect(await reader.text()).toMatch(/turn_completed/);
});

const ENDS: readonly [how: string, run: (gateway: LimitedGateway) => Promise<unknown>][] = [
  [
    "its turn ends",
    async (gateway) => {
      const response = await say(gateway, "c");
      gateway.finish();
      await response.text();
    },
  ],
  ["its client leaves", async (gateway) => await (await events(gateway, "runs/r")).body?.cancel()],
  [
    "its client leaves before the first event",
    async (gateway) => {
      const socket = await openSocket(gateway, getOf("turns/t.silent"));
      await gateway.isOpen(1);
      socket.destroy();
    },
  ],
  [
    "its client leaves with a pipelined request behind it",
    async (gateway) => {
      const socket = await openSocket(gateway, getOf("turns/t.1"), getOf("turns/t.2"), getOf("turns/t.silent"));
      await gateway.isOpen(3);
      socket.destroy();
    },
  ],
  ["there is no such turn", async (gateway) => expect((await events(gateway, "turns/t.none")).status).toBe(404)],
  ["there is no such run", async (gateway) => expect((await events(gateway, "runs/none")).status).toBe(404)],
  ["no agent answers a message", async (gateway) => expect((await say(gateway, "away")).status).toBe(503)],
  [
    "no agent answers a reader",
    async (gateway) => await expect((await events(gateway, "turns/t.away")).text()).rejects.toThrow(),
  ],
  [
    "its agent is lost",
    async (gateway) => await expect((await events(gateway, "turns/t.broken")).text()).rejects.toThrow(),
  ],
  ["a chat's client leaves", async (gateway) => await (await chat(gateway)).body?.cancel()],
  [
    "it is a HEAD",
    async (gateway) =>
      expect((await fetch(`${gateway.url}/v1/turns/t.1/events`, { method: "HEAD", headers: ADA })).status).toBe(200),
  ],
];

test.for(ENDS)("the place of a stream comes back when %s", async ([, run]) => {
  await using gateway = await start();
  await run(gateway);
  await gateway.isOpen(0);
});

test("1,000 streams that are opened and broken leave no place taken", { timeout: 30_000 }, async () => {
  await using gateway = await start({ STREAMS_PER_SUBJECT: "50" });
  for (let round = 0; round < 20; round += 1) {
    const sockets = await Promise.all(
      Array.from({ length: 50 }, (_, n) => openSocket(gateway, getOf(n % 3 === 0 ? "runs/r" : `turns/t.${n}`))),
    );
    const answered = sockets.map((socket) => once(socket, "data"));
    // Half of them leave before their answer.
    for (const [n, socket] of sockets.entries()) if (n % 2 === 0) void socket.destroy();
    await Promise.all(answered.filter((_, n) => n % 2 === 1));
    for (const socket of sockets) socket.resetAndDestroy();
    await gateway.isOpen(0);
  }
  expect(await gateway.figure("refused_total")).toBe(0);
});

test("without credentials streams are counted, and not limited", async () => {
  await using gateway = await start({ AUTH_MODE: "none", STREAMS_PER_SUBJECT: "1" });
  const open = [await events(gateway, "turns/t.1", {}), await events(gateway, "turns/t.2", {})];
  expect(open.map(({ status }) => status)).toEqual([200, 200]);
  expect(await gateway.figure("open")).toBe(2);
  gateway.finish();
  await Promise.all(open.map((each) => each.text()));
  await vi.waitUntil(async () => (await gateway.figure("open")) === 0);
});
