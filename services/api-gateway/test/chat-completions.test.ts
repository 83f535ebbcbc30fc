// The OpenAI-compatible API, with OpenAI's own client and byte by byte.

import {
  DisconnectPolicy,
  ErrorInfoSchema,
  type ProcessConversationRequest,
  type ProcessConversationResponseSchema,
  type WorkflowAgentService,
} from "@agent-team/contracts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { OpenAI } from "openai";
import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

type Event = MessageInitShape<typeof ProcessConversationResponseSchema>;

const started: Event = { sequence: 1, turnId: "t", fence: "1-a", event: { case: "turnStarted", value: {} } };
const said = (sequence: number, message: string): Event => ({ sequence, turnId: "t", fence: "1-a", message });
const completed: Event = {
  sequence: 9,
  turnId: "t",
  event: { case: "turnCompleted", value: { usage: { inputTokens: 30, outputTokens: 12, modelCalls: 1 } } },
};
const TURN: readonly Event[] = [
  started,
  said(2, "Here is "),
  { event: { case: "heartbeat", value: {} } },
  said(3, "a draft."),
  completed,
];

/** An agent that gives these turns, one after another, and keeps what it was asked. */
class TestAgent {
  readonly turns: ProcessConversationRequest[] = [];
  readonly copies: string[] = [];
  readonly deleted: string[] = [];
  readonly known = new Set<string>();
  readonly implementation: Partial<ServiceImpl<typeof WorkflowAgentService>>;

  constructor(...turns: readonly (readonly Event[])[]) {
    const { turns: asked, copies, deleted, known } = this;
    this.implementation = {
      async *processConversation(request) {
        asked.push(request);
        known.add(request.conversationId);
        yield* turns[Math.min(asked.length, turns.length) - 1] ?? [];
      },
      copyConversation({ conversationId, targetConversationId }) {
        if (!known.has(conversationId)) throw new ConnectError("not found", Code.NotFound);
        known.add(targetConversationId);
        copies.push(`${conversationId} -> ${targetConversationId}`);
        return {};
      },
      deleteConversation({ conversationId }) {
        deleted.push(conversationId);
        return {};
      },
    };
  }
}

function clientOf({ url }: Pick<TestGateway, "url">, options: object = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", logLevel: "off", ...options });
}

const ASK = { model: "agent-team", messages: [{ role: "user" as const, content: "every day fetch https://x.test" }] };

function post({ url }: Pick<TestGateway, "url">, body: unknown): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

test("OpenAI's client gets a whole answer, with the usage", async () => {
  const agent = new TestAgent(TURN);
  await using gateway = await startTestGateway({ agent: agent.implementation });
  const answer = await clientOf(gateway).chat.completions.create(ASK);

  expect(answer).toMatchObject({
    object: "chat.completion",
    model: "agent-team",
    id: expect.stringMatching(/^chatcmpl-/),
  });
  expect(answer.choices).toEqual([
    {
      index: 0,
      message: { role: "assistant", content: "Here is a draft.", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ]);
  expect(answer.usage).toEqual({ prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 });
  expect(agent.turns).toMatchObject([
    { message: "every day fetch https://x.test", onDisconnect: DisconnectPolicy.CANCEL },
  ]);
});

test("OpenAI's client gets a stream, and reads it to its end", async () => {
  await using gateway = await startTestGateway({ agent: new TestAgent(TURN).implementation });
  const stream = await clientOf(gateway).chat.completions.create({ ...ASK, stream: true });
  const texts: string[] = [];
  for await (const { choices } of stream) texts.push(choices[0]?.delta.content ?? "(none)");

  expect(texts).toEqual(["", "Here is ", "a draft.", "(none)"]);
});

test("its helper puts the stream together, with the usage if it is asked for", async () => {
  await using gateway = await startTestGateway({ agent: new TestAgent(TURN).implementation });
  const runner = clientOf(gateway).chat.completions.stream({ ...ASK, stream_options: { include_usage: true } });

  expect(await runner.finalContent()).toBe("Here is a draft.");
  expect(await runner.totalUsage()).toMatchObject({ total_tokens: 42 });
});

test.for([false, true])("the bytes of a stream, include_usage %j", async (include_usage) => {
  await using gateway = await startTestGateway({ agent: new TestAgent(TURN).implementation });
  const response = await post(gateway, { ...ASK, stream: true, stream_options: { include_usage } });
  const text = await response.text();

  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(text.endsWith("\n\ndata: [DONE]\n\n")).toBe(true);
  const blocks = text.split("\n\n").slice(0, -2);
  expect(blocks.every((block) => block.startsWith("data: {"))).toBe(true);
  const chunks = blocks.map((block) => JSON.parse(block.slice("data: ".length)) as Record<string, unknown>);
  const { id, created } = chunks[0] ?? {};
  const usage = include_usage ? { usage: null } : {};
  const head = { id, object: "chat.completion.chunk", created, model: "agent-team" };
  const chunk = (delta: object, finish_reason: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...usage,
  });
  expect(chunks).toEqual([
    chunk({ role: "assistant", content: "", refusal: null }),
    chunk({ content: "Here is " }),
    chunk({ content: "a draft." }),
    chunk({}, "stop"),
    ...(include_usage
      ? [{ ...head, choices: [], usage: { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 } }]
      : []),
  ]);
});

test("a chat goes on where its last answer was, a repeat begins there again, and old states are removed", async () => {
  const agent = new TestAgent(TURN);
  await using gateway = await startTestGateway({ agent: agent.implementation });
  const client = clientOf(gateway);
  const first = { role: "user" as const, content: "one" };
  const answer = { role: "assistant" as const, content: "Here is a draft. \n" };
  const second = { role: "user" as const, content: "two" };
  await client.chat.completions.create({ ...ASK, messages: [{ role: "system", content: "Be nice." }, first] });
  for (let repeat = 0; repeat < 2; repeat += 1) {
    await client.chat.completions.create({ ...ASK, messages: [first, answer, second] });
  }
  await client.chat.completions.create({
    ...ASK,
    messages: [first, answer, second, answer, { role: "user", content: "3" }],
  });

  const [one, two, again, three] = agent.turns.map(({ conversationId }) => conversationId);
  const afterOne = agent.copies[0]?.split(" -> ")[1];
  const afterTwo = agent.copies[2]?.split(" -> ")[1];
  expect(agent.copies).toEqual([
    `${one} -> ${afterOne}`,
    `${afterOne} -> ${two}`,
    `${two} -> ${afterTwo}`,
    `${afterOne} -> ${again}`,
    `${again} -> ${afterTwo}`,
    `${afterTwo} -> ${three}`,
    expect.stringMatching(`^${three} -> `),
  ]);
  expect(new Set([one, two, again, three, afterOne, afterTwo]).size).toBe(6);
  await expect.poll(() => agent.deleted, { timeout: 10_000 }).toEqual([one, two, again, three, afterOne]);
});

test("a chat that is not known begins anew, and a named conversation is the agent's own", async () => {
  const agent = new TestAgent(TURN);
  await using gateway = await startTestGateway({ agent: agent.implementation });
  const messages = [
    { role: "user" as const, content: "hi" },
    { role: "assistant" as const, content: "said by another model" },
    ...ASK.messages,
  ];
  await clientOf(gateway).chat.completions.create({ ...ASK, messages });
  await clientOf(gateway).chat.completions.create({ ...ASK, messages }, { headers: { "x-conversation-id": "mine" } });

  expect(agent.turns.map(({ conversationId }) => conversationId)).toEqual([expect.stringMatching(/^chat-/), "mine"]);
  expect(agent.copies).toHaveLength(1);
});

const CHAT =
  "### Chat History:\n<chat_history>\nUSER: every day at 9 fetch https://x.test\nASSISTANT: Here is a draft.\n</chat_history>";

test("four requests at once, as Open WebUI sends them, are one conversation with one draft", async () => {
  const agent = new TestAgent(TURN);
  await using gateway = await startTestGateway({ agent: agent.implementation });
  const client = clientOf(gateway);
  const prompts = [
    ASK.messages[0]?.content ?? "",
    `### Task:\nGenerate a concise, 3-5 word title with an emoji.\n### Output:\nJSON format: { "title": "your title" }\n${CHAT}`,
    `### Task:\nGenerate 1-3 broad tags.\n### Output:\nJSON format: { "tags": ["tag1", "tag2"] }\n${CHAT}`,
    `### Task:\nSuggest 3-5 follow-up questions.\n### Output:\nJSON format: { "follow_ups": ["Question 1?"] }\n${CHAT}`,
  ];
  const answers = await Promise.all(
    prompts.map((content) => client.chat.completions.create({ ...ASK, messages: [{ role: "user", content }] })),
  );

  expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual([
    "Here is a draft.",
    '{"title":"Every day at 9 fetch"}',
    '{"tags":["Automation"]}',
    '{"follow_ups":[]}',
  ]);
  expect(agent.turns).toHaveLength(1);
});

test("unknown fields are accepted, also in messages, and so are all forms of content", async () => {
  const agent = new TestAgent(TURN);
  await using gateway = await startTestGateway({ agent: agent.implementation });
  const unknown = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`field_${at}`, { at }]));
  const response = await post(gateway, {
    ...unknown,
    messages: [
      { role: "developer", content: [{ type: "text", text: "Be brief." }] },
      { role: "assistant", content: null, tool_calls: [{ id: "c1" }] },
      { role: "tool", content: "42", tool_call_id: "c1" },
      {
        role: "user",
        name: "ann",
        cache_control: {},
        content: [
          { type: "text", text: "one", x: 1 },
          { type: "text", text: "two" },
        ],
      },
    ],
    ...{ n: 1, temperature: 0.2, top_p: 1, seed: 3, tools: [], tool_choice: "auto", logprobs: false, stop: ["x"] },
    ...{ max_tokens: 10, response_format: { type: "text" }, user: "ann", stream: false, stream_options: null },
  });

  expect(response.status).toBe(200);
  expect(agent.turns[0]?.message).toBe("one\ntwo");
});

test.for<readonly [object, string | null, string]>([
  [{ n: 2 }, "n", "unsupported_parameter"],
  [{ logprobs: true }, "logprobs", "unsupported_parameter"],
  [{ tool_choice: "required" }, "tool_choice", "unsupported_parameter"],
  [{ tool_choice: { type: "function", function: { name: "f" } } }, "tool_choice", "unsupported_parameter"],
  [{ response_format: { type: "json_object" } }, "response_format", "unsupported_parameter"],
  [{ stream: "yes" }, "stream", "invalid_field"],
  [{ messages: [] }, "messages", "invalid_field"],
  [{ messages: [{ role: "user", content: " " }] }, "messages[0].content", "invalid_field"],
  [{ messages: [{ role: "user", content: "x".repeat(8_193) }] }, "messages[0].content", "invalid_field"],
  [{ messages: [{ role: "robot", content: "x" }] }, "messages[0].role", "invalid_field"],
  [
    {
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: "y" },
      ],
    },
    "messages[1].role",
    "invalid_field",
  ],
  [
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
    "messages[0].content[0]",
    "invalid_field",
  ],
])("%j is refused with its parameter, in OpenAI's form", async ([parts, param, code]) => {
  const agent = new TestAgent(TURN);
  await using gateway = await startTestGateway({ agent: agent.implementation });
  const error = await clientOf(gateway)
    .post("/chat/completions", { body: { ...ASK, ...parts } })
    .then(
      () => expect.fail("expected a refusal"),
      (thrown: unknown) => thrown as InstanceType<typeof OpenAI.APIError>,
    );

  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect({ type: error.type, param: error.param, code: error.code }).toEqual({
    type: "invalid_request_error",
    param,
    code,
  });
  expect(agent.turns).toEqual([]);
});

test("models are listed, and another model is not found", async () => {
  await using gateway = await startTestGateway({ agent: new TestAgent(TURN).implementation });
  const client = clientOf(gateway);
  const ids: string[] = [];
  for await (const model of client.models.list()) ids.push(model.id);

  expect(ids).toEqual(["agent-team"]);
  expect(await client.models.retrieve("agent-team")).toMatchObject({ object: "model", owned_by: "agent-team" });
  const unknown = { status: 404, code: "model_not_found", param: "model" };
  await expect(client.models.retrieve("gpt-4o")).rejects.toMatchObject(unknown);
  await expect(client.chat.completions.create({ ...ASK, model: "gpt-4o" })).rejects.toMatchObject(unknown);
});

test.for([
  ["{", 400, "malformed_body"],
  ['{"messages": 5}', 400, "invalid_field"],
] as const)("the body %s is refused in OpenAI's form", async ([body, status, code]) => {
  await using gateway = await startTestGateway();
  const response = await post(gateway, body);

  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toMatchObject({
    error: { message: expect.any(String), type: "invalid_request_error", code },
  });
});

test("without a credential the refusal has OpenAI's form, and a key is taken as a bearer token", async () => {
  const key = `atk_${"a".repeat(43)}`;
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update(key).digest("hex");
  await using gateway = await startTestGateway({
    agent: new TestAgent(TURN).implementation,
    env: { AUTH_MODE: "api_key", API_KEYS: `ann:${hash}`, IDENTITY_SECRET: "0123456789abcdef0123456789abcdef" },
  });

  await expect(clientOf(gateway, { apiKey: `${key}x` }).chat.completions.create(ASK)).rejects.toMatchObject({
    status: 401,
    type: "authentication_error",
  });
  expect((await clientOf(gateway, { apiKey: key }).chat.completions.create(ASK)).choices).toHaveLength(1);
});

function turnFailure(code: Code, reason: string): ConnectError {
  return new ConnectError("it broke", code, undefined, [
    { desc: ErrorInfoSchema, value: { domain: "agentteam", reason, metadata: {} } },
  ]);
}

test.for([true, false])(
  "a turn that fails after it began is one error, and is not asked for again: stream %j",
  async (stream) => {
    let turns = 0;
    await using gateway = await startTestGateway({
      agent: {
        async *processConversation() {
          turns += 1;
          yield started;
          yield said(2, "Here ");
          throw turnFailure(Code.Unavailable, "PROVIDER_STALLED");
        },
      },
    });
    const texts: string[] = [];
    const reading = (async () => {
      if (!stream) return void (await clientOf(gateway).chat.completions.create(ASK));
      for await (const { choices } of await clientOf(gateway).chat.completions.create({ ...ASK, stream })) {
        texts.push(choices[0]?.delta.content ?? "");
      }
    })();

    await expect(reading).rejects.toMatchObject({ code: "provider_stalled", type: "server_error" });
    expect(texts.join("")).toBe(stream ? "Here " : "");
    expect(turns).toBe(1);
  },
);

test.for([true, false])(
  "an answer whose stream ends without its last event is an error, and no whole answer: stream %j",
  async (stream) => {
    await using gateway = await startTestGateway({ agent: new TestAgent([started, said(2, "Here ")]).implementation });
    const texts: string[] = [];
    const reading = (async () => {
      if (!stream) return void (await clientOf(gateway, { maxRetries: 0 }).chat.completions.create(ASK));
      for await (const { choices } of await clientOf(gateway).chat.completions.create({ ...ASK, stream }))
        texts.push(choices[0]?.delta.content ?? "(end)");
    })();

    await expect(reading).rejects.toMatchObject({ code: "answer_incomplete" });
    expect(texts).toEqual(stream ? ["", "Here "] : []);
  },
);

test("agents that are down are an error before the first byte, which clients repeat", async () => {
  const agent = new TestAgent();
  let calls = 0;
  await using gateway = await startTestGateway({
    agent: {
      ...agent.implementation,
      processConversation(): AsyncIterable<Event> {
        calls += 1;
        throw new ConnectError("away", Code.Unavailable);
      },
    },
  });
  const client = clientOf(gateway, { maxRetries: 1 });

  await expect(client.chat.completions.create({ ...ASK, stream: true })).rejects.toMatchObject({ status: 503 });
  expect(calls).toBe(2);
  // A conversation that begins as a copy would stay behind.
  await expect.poll(() => agent.deleted, { timeout: 10_000 }).toHaveLength(2);
});

test("a client that disconnects cancels the turn, and its conversation is removed", async () => {
  const agent = new TestAgent(TURN);
  const stopped = Promise.withResolvers<void>();
  await using gateway = await startTestGateway({
    agent: {
      ...agent.implementation,
      async *processConversation(request, { signal }) {
        agent.turns.push(request);
        yield started;
        yield said(2, "Here ");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        stopped.resolve();
      },
    },
  });
  const stream = await clientOf(gateway).chat.completions.create({ ...ASK, stream: true });
  for await (const { choices } of stream) if (choices[0]?.delta.content === "Here ") break;

  await stopped.promise;
  await expect.poll(() => agent.deleted, { timeout: 10_000 }).toContain(agent.turns[0]?.conversationId);
  expect(agent.copies).toEqual([]);
});

const withdrawn = (keep: number): Event => ({
  sequence: 4,
  turnId: "t",
  event: { case: "outputTruncated", value: { keepThroughSequence: keep, reason: "STEP_RESTARTED" } },
});

test.for<readonly [string, readonly Event[], string | undefined]>([
  [
    "the same text again",
    [said(2, "Here is "), withdrawn(1), said(5, "Here "), said(6, "is a draft."), completed],
    "Here is a draft.",
  ],
  ["another text", [said(2, "Here is "), withdrawn(1), said(5, "There you are."), completed], undefined],
  ["less text", [said(2, "Here is "), withdrawn(1), said(5, "Here"), completed], undefined],
])("withdrawn text, then %s: never both", async ([, events, whole]) => {
  await using gateway = await startTestGateway({ agent: new TestAgent([started, ...events]).implementation });
  const client = clientOf(gateway);
  const texts: string[] = [];
  const reading = (async () => {
    for await (const { choices } of await client.chat.completions.create({ ...ASK, stream: true })) {
      texts.push(choices[0]?.delta.content ?? "");
    }
  })();

  if (whole === undefined) await expect(reading).rejects.toMatchObject({ code: "answer_restarted" });
  else await reading;
  expect(texts.join("")).toBe(whole ?? "Here is ");
  const { choices } = await client.chat.completions.create(ASK);
  expect(choices[0]?.message.content).toBe(
    events
      .slice(2, -1)
      .map(({ message }) => message)
      .join(""),
  );
});

test.for([true, false])("an answer counts when its conversation cannot be kept, stream: %s", async (stream) => {
  const agent = new TestAgent(TURN);
  const full = (): never => {
    throw new ConnectError("the store is nearly full", Code.ResourceExhausted);
  };
  await using gateway = await startTestGateway({ agent: { ...agent.implementation, copyConversation: full } });
  const response = await post(gateway, { ...ASK, stream });
  const body = await response.text();
  expect(response.status, body).toBe(200);
  expect(body).toContain("a draft.");
  expect(body).not.toContain("error");
});

test("agents that are older than the gateway are a 503 that clients repeat, and an answer of one counts", async () => {
  const older = new TestAgent(TURN);
  const unknown = (): never => {
    throw new ConnectError("unknown method", Code.Unimplemented);
  };
  await using gateway = await startTestGateway({ agent: { ...older.implementation, copyConversation: unknown } });
  expect((await post(gateway, ASK)).status).toBe(200);

  const chat = [
    ...ASK.messages,
    { role: "assistant", content: "Here is a draft." },
    { role: "user", content: "save it" },
  ];
  const response = await post(gateway, { ...ASK, messages: chat });
  expect([response.status, response.headers.get("retry-after"), response.headers.get("x-should-retry")]).toEqual([
    503,
    "5",
    null,
  ]);
  expect(await response.json()).toMatchObject({ error: { code: "agents_replaced" } });
  expect(older.turns).toHaveLength(1);
});
