// One suite over the providers' APIs, on real sockets.

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type ModelAnswer, ModelServer } from "@agent-team/test-support/model-server";
import { describe, expect, test } from "vitest";
import type { Model, ModelError, ModelEvent, Prompt } from "../src/model.ts";
import type { Provider } from "../src/model-config.ts";
import { openModel } from "../src/open-models.ts";
import { generatePatiently } from "../src/patience.ts";

const PROMPT: Prompt = {
  system: "Rules.",
  messages: [
    { role: "user", text: "first" },
    { role: "assistant", text: "second" },
    { role: "user", text: "third" },
  ],
  schema: { type: "object", properties: {}, required: [], additionalProperties: false },
};

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

/** The limit is for a hanging test alone. */
const WAIT = { interval: 5 } as const;

interface Api {
  readonly provider: Provider;
  readonly api?: "responses" | "chat";
  readonly path: string;
}

const APIS: Readonly<Record<string, Api>> = {
  Responses: { provider: "openai", api: "responses", path: "/v1/responses" },
  "Chat Completions": {
    provider: "openai",
    path: "/v1/chat/completions",
  },
  Messages: { provider: "anthropic", path: "/v1/messages" },
};

function open({ provider, api }: Api, { url }: Pick<ModelServer, "url">): Promise<Model> {
  const baseUrl = provider === "openai" ? `${url}/v1` : url;
  return openModel(provider, { apiKey: "sk-1", model: "test-1", baseUrl, api });
}

async function faultOf(events: AsyncIterable<ModelEvent>): Promise<Partial<ModelError>> {
  const error = await collect(events).then(
    (all) => new Error(`no error: ${JSON.stringify(all)}`),
    (thrown: unknown) => thrown as ModelError,
  );
  expect(error).toMatchObject({ name: "ModelError" });
  const { fault, status, retryAfterMs } = error as ModelError;
  return { fault, status, retryAfterMs };
}

const generate = (model: Model): AsyncIterable<ModelEvent> => model.generate(PROMPT, new AbortController().signal);

describe.each(Object.entries(APIS))("%s", (name, api) => {
  test("an answer is its text in pieces, its usage and its end; the request has rules, messages, schema and key", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "text", text: "Grüße, 👋 world", usage: { inputTokens: 31, outputTokens: 7 } }];
    const model = await open(api, server);
    const events = await collect(generate(model));

    expect(model.name).toBe(`${api.provider}/test-1`);
    expect(events.flatMap((event) => (event.kind === "text" ? [event.text] : [])).join("")).toBe("Grüße, 👋 world");
    expect(events.filter(({ kind }) => kind === "text").length).toBeGreaterThan(1);
    expect(events.filter(({ kind }) => kind !== "text")).toEqual(
      expect.arrayContaining([
        { kind: "started" },
        { kind: "usage", inputTokens: 31, outputTokens: 7 },
        { kind: "end", reason: "complete" },
      ]),
    );
    expect(events.at(-1)?.kind).toBe("end");
    const [request] = server.requests;
    expect(request?.path).toBe(api.path);
    expect(request?.headers["authorization"]).toBe("Bearer sk-1");
    const body = JSON.stringify(request?.body);
    for (const part of ["test-1", "Rules.", "first", "second", "third", '"json_schema"']) expect(body).toContain(part);
    expect(request?.body["stream"]).toBe(true);
  });

  test("an answer that reaches its token limit is truncated", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "truncated", text: "half" }];

    expect((await collect(generate(await open(api, server)))).at(-1)).toEqual({ kind: "end", reason: "truncated" });
  });

  test.for<readonly [ModelAnswer, Partial<ModelError>]>([
    [
      { kind: "status", status: 401, type: "authentication_error" },
      { fault: "key-refused", status: 401 },
    ],
    [
      { kind: "status", status: 429, type: "rate_limit_error", headers: { "retry-after": "2" } },
      { fault: "rate-limited", status: 429, retryAfterMs: 2_000 },
    ],
    [
      { kind: "status", status: 429, type: "insufficient_quota" },
      { fault: "quota-exhausted", status: 429 },
    ],
    [
      { kind: "status", status: 500 },
      { fault: "overloaded", status: 500 },
    ],
    [
      { kind: "status", status: 529, type: "overloaded_error" },
      { fault: "overloaded", status: 529 },
    ],
    [
      { kind: "status", status: 400, type: "invalid_request_error", message: "Invalid schema for answer" },
      { fault: "schema-refused", status: 400 },
    ],
    [
      { kind: "status", status: 400, type: "invalid_request_error", message: "no such model" },
      { fault: "request-refused", status: 400 },
    ],
    [
      { kind: "status", status: 404, type: "not_found_error", message: "model: test-1" },
      { fault: "request-refused", status: 404 },
    ],
    [{ kind: "error-event", text: "", type: "overloaded_error" }, { fault: "overloaded" }],
    [{ kind: "error-event", text: "half", type: "rate_limit_error" }, { fault: "rate-limited" }],
    [{ kind: "garbage" }, { fault: "garbage" }],
    [{ kind: "cut", text: "half" }, { fault: "cut" }],
  ])("$0 is the fault $1, asked once", async ([answer, expected]) => {
    await using server = await ModelServer.start();
    server.answers = [answer];

    expect(await faultOf(generate(await open(api, server)))).toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });

  test("a stream that ends properly without its terminal event is not complete", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "early-end", text: "half" }];
    const events = generate(await open(api, server));

    // A server of Chat Completions may leave the marks out, so there the reader decides.
    if (name === "Chat Completions")
      expect((await collect(events)).at(-1)).toEqual({ kind: "end", reason: "unmarked" });
    else expect(await faultOf(events)).toMatchObject({ fault: "cut" });
  });

  test("a server that cannot be reached is that", async () => {
    const server = await ModelServer.start();
    const { url } = server;
    await server[Symbol.asyncDispose]();

    expect(await faultOf(generate(await open(api, { url })))).toMatchObject({ fault: "unreachable" });
  });

  test("an aborted signal closes the provider's socket", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "stall", text: "Hm." }];
    const model = await open(api, server);
    const { signal, abort } = abortable();
    for await (const event of model.generate(PROMPT, signal)) {
      if (event.kind === "text") abort();
      if (signal.aborted) break;
    }

    await server.requests[0]?.aborted;
  });

  test.for(["", "half"])(
    'a stream that stalls after "%s" is closed when patience ends, and pings do not prolong it',
    async (text) => {
      await using server = await ModelServer.start();
      server.answers = [{ kind: "stall", text }];
      const clock = new FakeClock();
      const { signal } = abortable();
      const patience = { firstTokenMs: 30_000, idleMs: 15_000, clock, signal };
      const seen: ModelEvent[] = [];
      const reading = (async function* () {
        for await (const event of generatePatiently(await open(api, server), PROMPT, patience)) {
          seen.push(event);
          yield event;
        }
      })();
      const fault = faultOf(reading);
      await expect.poll(() => seen.length, WAIT).toBeGreaterThan(0);
      await expect.poll(() => textOf(seen), WAIT).toBe(text);
      const limitMs = text === "" ? 30_000 : 15_000;
      await clock.advanceAsync(limitMs - 1);
      server.ping();
      await clock.advanceAsync(1);

      expect(await fault).toMatchObject({ fault: "stalled" });
      await server.requests[0]?.aborted;
      expect(clock.pendingTimers).toBe(0);
    },
  );
});

test("a turn that stops ends a generation with its own reason", async () => {
  await using server = await ModelServer.start();
  server.answers = [{ kind: "stall", text: "" }];
  const clock = new FakeClock();
  const turn = new AbortController();
  const patience = { firstTokenMs: 30_000, idleMs: 15_000, clock, signal: turn.signal };
  const events = collect(generatePatiently(await open(APIS["Messages"] as Api, server), PROMPT, patience));
  await expect.poll(() => server.requests.length, WAIT).toBe(1);
  turn.abort(new Error("cancelled"));

  await expect(events).rejects.toThrow("cancelled");
  expect(clock.pendingTimers).toBe(0);
});

test("a server that does not know the path is told apart: the API may be the wrong one", async () => {
  await using server = await ModelServer.start("chat");
  server.answers = [{ kind: "text", text: "hi" }];
  const responses = await open(APIS["Responses"] as Api, server);

  expect(await faultOf(generate(responses))).toMatchObject({ fault: "api-unknown", status: 404 });
});

test("OpenAI's own Chat Completions gets the newer name of the token limit, a compatible server the older one", async () => {
  await using server = await ModelServer.start();
  server.answers = [{ kind: "text", text: "hi" }];
  await collect(generate(await open(APIS["Chat Completions"] as Api, server)));

  expect(server.requests[0]?.body).toMatchObject({ max_tokens: 16_000 });
  expect(server.requests[0]?.body).not.toHaveProperty("max_completion_tokens");
});

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.kind === "text" ? event.text : "")).join("");
}

function abortable(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
