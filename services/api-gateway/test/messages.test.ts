// A message is JSON, and its response is the agent's turn as an event stream. A turn that fails before its first event
// becomes an HTTP status; one that fails later, a last event.

import {
  BadRequestSchema,
  ErrorInfoSchema,
  type ProcessConversationRequest,
  type ProcessConversationResponseSchema,
  RetryInfoSchema,
  Stage,
} from "@agent-team/contracts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { emptyStream, readEvents, readStream } from "./sse-reader.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

type Event = MessageInitShape<typeof ProcessConversationResponseSchema>;

const WHOLE_TURN: readonly Event[] = [
  { sequence: 1, turnId: "t", fence: "1-a", event: { case: "turnStarted", value: { planner: "embedded/1" } } },
  { sequence: 2, turnId: "t", fence: "1-a", event: { case: "stageChanged", value: { stage: Stage.PLANNING } } },
  { sequence: 3, turnId: "t", fence: "1-a", message: "Hello,\nwörld\u2028" },
  { event: { case: "heartbeat", value: { recovering: false } } },
  { sequence: 4, turnId: "t", fence: "1-a", event: { case: "turnCompleted", value: { usage: { modelCalls: 1 } } } },
];

test("a turn arrives as events with ids, types and the whole message as data", async () => {
  await using gateway = await startTestGateway({ agent: { processConversation: turn(...WHOLE_TURN) } });
  const response = await postMessage(gateway, { message: "Hi" });

  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
  const { events, retryMs } = await readStream(response);
  expect(retryMs).toBe(1_000);
  expect(events.map(({ lastEventId, type, data }) => [lastEventId, type, JSON.parse(data)])).toEqual([
    ["t.1-1-a", "turn_started", { sequence: 1, turn_id: "t", fence: "1-a", turn_started: { planner: "embedded/1" } }],
    ["t.2-1-a", "stage_changed", { sequence: 2, turn_id: "t", fence: "1-a", stage_changed: { stage: "PLANNING" } }],
    ["t.3-1-a", "message", { sequence: 3, turn_id: "t", fence: "1-a", message: "Hello,\nwörld\u2028" }],
    ["t.3-1-a", "heartbeat", { heartbeat: {} }], // no id of its own: the cursor stays
    [
      "t.4-1-a",
      "turn_completed",
      { sequence: 4, turn_id: "t", fence: "1-a", turn_completed: { usage: { model_calls: 1 } } },
    ],
  ]);
});

test("the agent receives the message, a request_id and the trace", async () => {
  const requests: ProcessConversationRequest[] = [];
  const headers: Headers[] = [];
  await using gateway = await startTestGateway({
    agent: {
      async *processConversation(request, context) {
        requests.push(request);
        headers.push(context.requestHeader);
        yield* WHOLE_TURN;
      },
    },
  });
  const traceparent = `00-${"ab".repeat(16)}-${"cd".repeat(8)}-01`;
  const first = await postMessage(
    gateway,
    { message: "ä", request_id: "r-1" },
    { "x-request-id": "mine", traceparent },
  );
  await readStream(first);
  await readStream(await postMessage(gateway, { message: "b" }, { "x-request-id": "no good".repeat(30) }));

  expect(requests).toMatchObject([
    { conversationId: "test-123", message: "ä", requestId: "r-1" },
    { conversationId: "test-123", message: "b", requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  ]);
  expect(first.headers.get("x-request-id")).toBe("mine");
  expect(headers.map((header) => header.get("x-request-id"))).toEqual([
    "mine",
    expect.stringMatching(/^[0-9a-f-]{36}$/),
  ]);
  expect(headers[0]?.get("traceparent")).toBe(traceparent);
  expect(headers[1]?.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test("an error before the first event is a problem document with its details", async () => {
  const failure = new ConnectError("turn t-9 is running", Code.FailedPrecondition, undefined, [
    { desc: ErrorInfoSchema, value: { domain: "agentteam", reason: "TURN_ACTIVE" } },
    { desc: BadRequestSchema, value: { fieldViolations: [{ field: "request_id", description: "in use" }] } },
  ]);
  await using gateway = await startTestGateway({ agent: { processConversation: turn(failure) } });
  const response = await postMessage(
    gateway,
    { message: "Hi" },
    { traceparent: `00-${"ab".repeat(16)}-${"cd".repeat(8)}-01` },
  );

  expect(response.status).toBe(409);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toEqual({
    type: "about:blank",
    title: "Conflict",
    status: 409,
    detail: "turn t-9 is running",
    code: "FAILED_PRECONDITION",
    reason: "TURN_ACTIVE",
    errors: [{ field: "request_id", description: "in use" }],
    trace_id: "ab".repeat(16),
  });
});

const RETRIES: readonly (readonly [
  code: Code,
  delaySeconds: bigint | undefined,
  status: number,
  retryAfter: string,
])[] = [
  [Code.Unavailable, undefined, 503, "1"],
  [Code.Unavailable, 7n, 503, "7"],
  [Code.ResourceExhausted, 30n, 429, "30"],
];

test.each(RETRIES)(
  "status %d with a retry delay of %s s has a Retry-After header",
  async (code, seconds, status, retryAfter) => {
    const details = seconds === undefined ? [] : [{ desc: RetryInfoSchema, value: { retryDelay: { seconds } } }];
    const failure = new ConnectError("not now", code, undefined, details);
    await using gateway = await startTestGateway({ agent: { processConversation: turn(failure) } });
    const response = await postMessage(gateway, { message: "Hi" });

    expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
    await response.body?.cancel();
  },
);

test("a refusal of a service for its quota or a full store has no Retry-After: waiting does not help", async () => {
  const info = { desc: ErrorInfoSchema, value: { domain: "agentteam", reason: "STORE_FULL" } };
  const failure = new ConnectError("the store has no room", Code.ResourceExhausted, undefined, [info]);
  await using gateway = await startTestGateway({ agent: { processConversation: turn(failure) } });
  const response = await postMessage(gateway, { message: "Hi" });

  expect([response.status, response.headers.get("retry-after")]).toEqual([429, null]);
  expect(await response.json()).toMatchObject({ reason: "STORE_FULL", detail: "the store has no room" });
});

test.for([
  ["a lost connection", new ConnectError("connection to 10.0.10.7 lost", Code.Unavailable)],
  ["no last event", undefined],
] as const)(
  "a stream that breaks with %s breaks its connection: a clean end is a whole answer",
  async ([, failure]) => {
    const steps = failure === undefined ? [] : [failure];
    await using gateway = await startTestGateway({
      agent: { processConversation: turn(...WHOLE_TURN.slice(0, 3), ...steps) },
    });
    const received = emptyStream();
    const response = await postMessage(gateway, { message: "Hi" });
    const reading = (async () => {
      for await (const _ of readEvents(response, received));
    })();

    await expect(reading).rejects.toThrow();
    expect(received.events.map(({ type }) => type)).toEqual(["turn_started", "stage_changed", "message"]);
  },
);

test("a failure that no agent has made an event of is turn_failed, and no event has the name error", async () => {
  const failure = new ConnectError("secret 10.0.10.7", Code.Aborted, undefined, [
    { desc: ErrorInfoSchema, value: { domain: "other", reason: "X" } },
  ]);
  await using gateway = await startTestGateway({
    agent: { processConversation: turn(...WHOLE_TURN.slice(0, 3), failure) },
  });
  const { events } = await readStream(await postMessage(gateway, { message: "Hi" }));

  expect(events.map(({ type }) => type)).toEqual(["turn_started", "stage_changed", "message", "turn_failed"]);
  expect(events.at(-1)?.lastEventId).toBe("t.3-1-a");
  expect(JSON.parse(events.at(-1)?.data ?? "")).toEqual({
    turn_id: "t",
    turn_failed: {
      code: "ABORTED",
      reason: "SERVICE_REFUSED",
      detail: "a service behind the gateway refused the request",
      retryable: false,
    },
  });
});

test("no line of a stream is blank without data before it, and the first event has the time to reconnect", async () => {
  await using gateway = await startTestGateway({ agent: { processConversation: turn(...WHOLE_TURN) } });
  const response = await postMessage(gateway, { message: "Hi" }, { "accept-encoding": "gzip, br" });
  const text = await response.text();

  // A proxy that buffers or compresses would hold the events back.
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  expect(response.headers.get("content-encoding")).toBeNull();
  expect(text).toMatch(/^retry: 1000\nid: t\.1-1-a\nevent: turn_started\ndata: /);
  for (const block of text.split("\n\n").slice(0, -1)) expect(block).toMatch(/^data: /m);
});

test("an internal address is in the log, and not in the answer", async () => {
  const address = "10.0.10.7:50051";
  const failure = new ConnectError(`no ready endpoint (last error ECONNREFUSED ${address})`, Code.Unavailable);
  await using gateway = await startTestGateway({ agent: { processConversation: turn(failure) } });
  const response = await postMessage(gateway, { message: "Hi" });
  const text = await response.text();

  expect(text).not.toContain("10.0.10.7");
  const { trace_id, reason } = JSON.parse(text) as Record<string, unknown>;
  expect(reason).toBe("SERVICE_UNAVAILABLE");
  expect(gateway.log).toContainEqual(
    expect.objectContaining({ level: "warn", trace_id, detail: expect.stringContaining(address) }),
  );
});

test.for([
  [Code.PermissionDenied, 403, "SERVICE_REFUSED"],
  [Code.ResourceExhausted, 429, "SERVICE_LIMIT"],
  [Code.Internal, 500, "SERVICE_FAILED"],
] as const)("status %d without our ErrorInfo is %d, and its message is in the log", async ([code, status, reason]) => {
  const failure = new ConnectError("10.0.10.7 says no", code);
  await using gateway = await startTestGateway({ agent: { processConversation: turn(failure) } });
  const response = await postMessage(gateway, { message: "Hi" });

  expect(response.status).toBe(status);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ reason });
  expect(text).not.toContain("10.0.10.7");
  expect(gateway.log).toContainEqual(expect.objectContaining({ level: "warn", detail: "10.0.10.7 says no" }));
});

test("a caller that disconnects during the stream cancels the call", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    agent: {
      async *processConversation(_request, context) {
        context.signal.addEventListener("abort", () => cancelled.resolve());
        yield* WHOLE_TURN.slice(0, 3);
        await cancelled.promise;
      },
    },
  });
  const caller = new AbortController();
  const response = await postMessage(gateway, { message: "Hi" }, {}, caller.signal);
  for await (const event of readEvents(response, emptyStream())) if (event.type === "message") break;
  caller.abort();
  await cancelled.promise;
});

test("a caller that disconnects before the first event cancels the call", async () => {
  const called = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    agent: {
      async *processConversation(_request, context) {
        context.signal.addEventListener("abort", () => cancelled.resolve());
        called.resolve();
        await cancelled.promise;
        yield { sequence: 1 };
      },
    },
  });
  const caller = new AbortController();
  const response = postMessage(gateway, { message: "Hi" }, {}, caller.signal);
  await called.promise;
  caller.abort();
  await expect(response).rejects.toThrow("aborted");
  await cancelled.promise;
});

test.each([undefined, "*/*", "text/event-stream", "application/json;q=0.5, text/event-stream", "text/*;q=0.1"])(
  "accept %s gets the stream",
  async (accept) => {
    await using gateway = await startTestGateway({ agent: { processConversation: turn(...WHOLE_TURN) } });
    const response = await postMessage(gateway, { message: "Hi" }, accept === undefined ? {} : { accept });
    expect(response.status).toBe(200);
    await readStream(response);
  },
);

function postMessage(
  gateway: TestGateway,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${gateway.url}/v1/conversations/test-123/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** A handler of an agent that sends events, and throws the first error among them. */
function turn(...steps: readonly (Event | ConnectError)[]): () => AsyncGenerator<Event, void> {
  return async function* () {
    for (const step of steps) {
      if (step instanceof ConnectError) throw step;
      yield step;
    }
  };
}
