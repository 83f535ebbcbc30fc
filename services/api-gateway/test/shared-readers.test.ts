// Readers of one turn or one run at a gateway: it asks the service once for all readers of one owner.

import { createHash } from "node:crypto";
import { type ProcessConversationRequest, RunState, type WatchRunRequest } from "@agent-team/contracts";
import { expect, test, vi } from "vitest";
import { emptyStream, type ReceivedStream, readEvents } from "./sse-reader.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const KEYS = { ada: "ada-key-0123456789abcdef", bob: "bob-key-0123456789abcdef" };

const WITH_KEYS = {
  AUTH_MODE: "api_key",
  API_KEYS: Object.entries(KEYS)
    .map(([owner, key]) => `${owner}:${createHash("sha256").update(key).digest("hex")}`)
    .join(),
  IDENTITY_SECRET: "s".repeat(32),
};

/** Reads on by itself. */
class Reader {
  readonly received: ReceivedStream = emptyStream();
  readonly done: Promise<void>;

  constructor(gateway: TestGateway, owner: keyof typeof KEYS, path: string, body?: object, lastEventId = "") {
    const headers = {
      "x-api-key": KEYS[owner],
      accept: "text/event-stream",
      ...(body && { "content-type": "application/json" }),
      ...(lastEventId && { "last-event-id": lastEventId }),
    };
    const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    this.done = this.#read(fetch(`${gateway.url}${path}`, init));
  }

  get ids(): readonly string[] {
    return this.received.events.map(({ lastEventId }) => lastEventId);
  }

  async hasCome(events: number): Promise<void> {
    await vi.waitUntil(() => this.ids.length >= events);
  }

  async #read(response: Promise<Response>): Promise<void> {
    for await (const _ of readEvents(await response, this.received));
  }
}

test("a message and the readers of its turn are one call to the agent; another owner has one of its own", async () => {
  const requests: ProcessConversationRequest[] = [];
  const [second, last] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using gateway = await startTestGateway({
    env: WITH_KEYS,
    agent: {
      async *processConversation(request) {
        requests.push(request);
        const each = { turnId: "t.1", fence: "1-a" };
        yield { ...each, sequence: 1, event: { case: "turnStarted", value: {} } } as const;
        await second.promise;
        yield { ...each, sequence: 2, message: "Hello" };
        await last.promise;
        yield { ...each, sequence: 3, event: { case: "turnCompleted", value: {} } } as const;
      },
    },
  });
  const message = { message: "Hi", request_id: "r-1" };
  const writer = new Reader(gateway, "ada", "/v1/conversations/c/messages", message);
  await writer.hasCome(1);
  const others = [
    new Reader(gateway, "ada", "/v1/conversations/c/messages", message),
    new Reader(gateway, "ada", "/v1/turns/t.1/events"),
  ];
  await Promise.all(others.map((each) => each.hasCome(1)));
  second.resolve();
  await writer.hasCome(2);
  const late = new Reader(gateway, "ada", "/v1/turns/t.1/events", undefined, "t.1.1-1-a");
  await late.hasCome(1);
  expect(requests).toHaveLength(1);

  const stranger = new Reader(gateway, "bob", "/v1/turns/t.1/events");
  await stranger.hasCome(2);
  expect(requests).toHaveLength(2);
  last.resolve();
  await Promise.all([writer, ...others, late, stranger].map(({ done }) => done));
  for (const each of [writer, ...others, stranger]) expect(each.ids).toEqual(["t.1.1-1-a", "t.1.2-1-a", "t.1.3-1-a"]);
  expect(late.ids).toEqual(["t.1.2-1-a", "t.1.3-1-a"]);
  expect(new Set([writer, ...others, late].map(({ received }) => received.retryMs))).toEqual(new Set([1_000]));
});

test("the readers of a run are one call to the engine, which ends with the last of them", async () => {
  const requests: WatchRunRequest[] = [];
  const left = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    env: WITH_KEYS,
    engine: {
      async *watchRun(request, { signal }) {
        requests.push(request);
        signal.addEventListener("abort", () => left.resolve());
        yield { sequence: 1, fence: "f", event: { case: "runStateChanged", value: { state: RunState.RUNNING } } };
        await left.promise;
      },
    },
  });
  const open = async (): Promise<Response> =>
    await fetch(`${gateway.url}/v1/runs/r1/events`, { headers: { "x-api-key": KEYS.ada } });
  const [one, other] = await Promise.all([open(), open()]);
  expect([one.status, other.status, requests.length]).toEqual([200, 200, 1]);
  await Promise.all([one.body?.cancel(), other.body?.cancel()]);
  await left.promise;
});

test("HEAD of the events has their headers, and leaves the run at once", async () => {
  const left = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    engine: {
      async *watchRun(_, { signal }) {
        signal.addEventListener("abort", () => left.resolve());
        yield { sequence: 1, fence: "f", event: { case: "runStateChanged", value: { state: RunState.RUNNING } } };
        await left.promise;
      },
    },
  });
  const response = await fetch(`${gateway.url}/v1/runs/r1/events`, { method: "HEAD" });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  await left.promise;
});
