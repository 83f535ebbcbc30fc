// A conversation with a model, over every provider's API, on real sockets.

import { ErrorInfoSchema, Severity, Stage } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { type ModelError, openModel } from "@agent-team/language-models";
import { type ModelAnswer, ModelServer } from "@agent-team/test-support/model-server";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import { createModelPlanner } from "../src/model-planner/model-planner.ts";
import { collect, type Engine, eventOf, type Fixture, say, startAgent, textOf } from "./fixture.ts";
import { NODE_TYPES } from "./node-types.ts";

const REQUEST = "every day at 9am fetch https://example.com/orders";

const cron = {
  kind: "TRIGGER/CRON",
  id: "start",
  name: "Daily",
  configuration: { expression: "0 9 * * *", timezone: null },
};
const http = {
  kind: "ACTION/HTTP_REQUEST",
  id: "fetch",
  name: "Fetch",
  configuration: {
    method: "GET",
    url: "https://example.com/orders",
    headers: [{ name: "accept", value: "application/json" }],
    body: null,
    forward_headers: null,
  },
  needs_input: [],
  continue_on_error: false,
  max_attempts: 3,
  timeout_seconds: 20,
};
const WORKFLOW = {
  name: "Orders",
  description: "",
  nodes: [cron, http],
  connections: [{ from_node: "start", to_node: "fetch", output_key: "result" }],
};

function answer(parts: object): ModelAnswer {
  return { kind: "text", text: JSON.stringify({ reply: "Here you are.", questions: [], workflow: null, ...parts }) };
}

const DRAFT = answer({ workflow: WORKFLOW });
const ERROR = {
  severity: Severity.ERROR,
  code: "BAD_URL",
  message: "expected a URL",
  path: "/nodes/1/configuration/url",
};

interface Started extends Fixture {
  readonly faults: readonly string[];
}

/** An agent that asks the given servers, each through one API. */
async function start(
  servers: readonly (readonly [server: Pick<ModelServer, "url">, api: keyof typeof APIS])[],
  { engine, historyTokens = 8_000 }: { engine?: Partial<Engine>; historyTokens?: number } = {},
): Promise<Started> {
  const clock = new FakeClock();
  const faults: string[] = [];
  const models = await Promise.all(servers.map(([server, api]) => APIS[api](server.url)));
  const planner = createModelPlanner({
    models,
    embedded: embeddedPlanner,
    clock,
    random: seededRandom(1),
    patience: { firstTokenMs: 30_000, idleMs: 15_000 },
    historyTokens,
    onUsage: () => {},
    onFault: ({ name }, { fault }: ModelError) => void faults.push(`${name} ${fault}`),
  });
  const checks: Engine = {
    validateWorkflow: () => ({ issues: [] }),
    listNodeTypes: () => ({ nodeTypes: [...NODE_TYPES] }),
    ...engine,
  };
  return {
    ...startAgent({ planner, engine: checks, clock, heartbeatMs: 10_000_000, turnTimeoutMs: 100_000_000 }),
    faults,
  };
}

const KEY = { apiKey: "sk-1", model: "m" };
const APIS = {
  responses: (url: string) => openModel("openai", { ...KEY, baseUrl: `${url}/v1`, api: "responses" }),
  chat: (url: string) => openModel("openai", { ...KEY, baseUrl: `${url}/v1` }),
  messages: (url: string) => openModel("anthropic", { ...KEY, baseUrl: url }),
};

async function failureOf(
  turn: Promise<unknown>,
): Promise<{ readonly code: Code; readonly reason: string | undefined }> {
  const error = ConnectError.from(await turn.catch((thrown: unknown) => thrown));
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason };
}

/** The limit is for a hanging test alone. */
const WAIT = { interval: 5 } as const;

/** Moves time on after each fault until the turn has ended: only the wait before a retry passes. */
async function retried<T>(turn: Promise<T>, { clock, faults }: Started): Promise<T> {
  const end = endOf(turn);
  let seen = 0;
  await vi.waitUntil(async () => {
    if (faults.length > seen) await clock.advanceAsync(5_000);
    seen = faults.length;
    return end.isReached;
  }, WAIT);
  return turn;
}

/** Moves time on until the turn has ended, for a model that sends no more: nothing can be overtaken. */
async function stalled<T>(turn: Promise<T>, { clock }: Started): Promise<T> {
  const end = endOf(turn);
  await vi.waitUntil(async () => {
    await clock.advanceAsync(5_000);
    return end.isReached;
  }, WAIT);
  return turn;
}

function endOf(turn: Promise<unknown>): { readonly isReached: boolean } {
  const end = { isReached: false };
  turn.finally(() => (end.isReached = true)).catch(() => {});
  return end;
}

describe.each(["responses", "chat", "messages"] as const)("over %s", (api) => {
  test("a conversation: a question, a draft, a change of it, and what each turn cost", async () => {
    await using server = await ModelServer.start();
    server.answers = [
      answer({ reply: "One thing is missing.", questions: [{ text: "Which address?", options: ["a", "b"] }] }),
      { ...DRAFT, usage: { inputTokens: 300, outputTokens: 90 } } as ModelAnswer,
      answer({
        reply: "Hourly now.",
        workflow: { ...WORKFLOW, nodes: [{ ...cron, configuration: { expression: "0 * * * *" } }, http] },
      }),
    ];
    const { agent, faults } = await start([[server, api]]);

    const asked = await say(agent, "fetch my orders daily");
    expect(textOf(asked)).toBe("One thing is missing.\nWhich address? (a, b)");
    expect(eventOf(asked, "clarificationAsked").questions).toMatchObject([
      { id: "q1", text: "Which address?", options: ["a", "b"] },
    ]);
    const drafted = await say(agent, "https://example.com/orders");
    const { spec, issues, repairRounds } = eventOf(drafted, "workflowProposed");
    expect({ issues, repairRounds, text: textOf(drafted) }).toEqual({
      issues: [],
      repairRounds: 0,
      text: "Here you are.",
    });
    expect(spec?.nodes).toMatchObject([
      { id: "start", subtype: "CRON", configuration: { expression: "0 9 * * *" } },
      {
        subtype: "HTTP_REQUEST",
        configuration: { method: "GET", url: "https://example.com/orders", headers: { accept: "application/json" } },
        retryPolicy: { maxAttempts: 3 },
        timeout: { seconds: 20n },
      },
    ]);
    expect(Object.keys(spec?.nodes[1]?.configuration ?? {})).toEqual(["method", "url", "headers"]);
    expect(eventOf(drafted, "turnCompleted").usage).toMatchObject({
      inputTokens: 300,
      outputTokens: 90,
      modelCalls: 1,
    });
    const changed = await say(agent, "make it hourly");
    expect(eventOf(changed, "workflowProposed").spec?.nodes[0]?.configuration).toEqual({ expression: "0 * * * *" });

    const last = JSON.stringify(server.requests.at(-1)?.body);
    for (const part of ["fetch my orders daily", "Which address?", "make it hourly", "current_workflow", "0 9 * * *"]) {
      expect(last).toContain(part);
    }
    expect({ requests: server.requests.length, faults }).toEqual({ requests: 3, faults: [] });
  });

  test("an order that the model finds in a message is a question, and the model cannot carry it out", async () => {
    await using server = await ModelServer.start();
    server.answers = [DRAFT, answer({ reply: "", order: "save" }), answer({ reply: "Gern.", order: "run" })];
    const { agent } = await start([[server, api]]);
    await say(agent, "fetch my orders daily");
    const asked = await say(agent, "bitte abspeichern");
    expect(textOf(asked)).toBe('Shall I save the draft? Say "save it".');
    expect(eventOf(asked, "clarificationAsked").questions).toMatchObject([{ id: "order", options: ["save it"] }]);
    expect(textOf(await say(agent, "mach mal"))).toBe('Gern.\nShall I run it once now? Say "run it".');
  });

  test("a draft with errors goes back with its pointers, and the second one is proposed", async () => {
    await using server = await ModelServer.start();
    server.answers = [DRAFT, answer({ reply: "Corrected.", workflow: { ...WORKFLOW, name: "Better" } })];
    const engine = {
      validateWorkflow: ({ spec }: { spec?: { name: string } | undefined }) => ({
        issues: spec?.name === "Better" ? [] : [ERROR],
      }),
    };
    const { agent } = await start([[server, api]], { engine });
    const responses = await say(agent, REQUEST);

    expect(eventOf(responses, "workflowProposed")).toMatchObject({
      spec: { name: "Better" },
      issues: [],
      repairRounds: 1,
    });
    expect(textOf(responses)).toBe("Here you are.");
    expect(JSON.stringify(server.requests[1]?.body)).toContain("/nodes/1/configuration/url BAD_URL: expected a URL");
    const stages = responses.flatMap(({ event }) => (event.case === "stageChanged" ? [event.value.stage] : []));
    const { UNDERSTANDING, PLANNING, VALIDATING, REPAIRING, COMPLETED } = Stage;
    expect(stages).toEqual([UNDERSTANDING, PLANNING, VALIDATING, REPAIRING, VALIDATING, COMPLETED]);
    expect(eventOf(responses, "turnCompleted").usage).toMatchObject({
      modelCalls: 2,
      inputTokens: 200,
      outputTokens: 40,
    });
  });

  test("three drafts with errors end in the embedded planner's draft, and the answer says so", async () => {
    await using server = await ModelServer.start();
    server.answers = [DRAFT];
    const engine = {
      validateWorkflow: ({ spec }: { spec?: { name: string } | undefined }) => ({
        issues: spec?.name === "Orders" ? [ERROR] : [],
      }),
    };
    const { agent } = await start([[server, api]], { engine });
    const responses = await say(agent, REQUEST);

    expect(server.requests).toHaveLength(3);
    expect(textOf(responses)).toMatch(
      /^Here you are\.\n\nThe language model gave no workflow .*:\n\nHere is a draft with 2 steps/,
    );
    expect(eventOf(responses, "workflowProposed").spec?.nodes).toHaveLength(2);
  });

  test.for<readonly [string, ModelAnswer]>([
    ["answers 429", { kind: "status", status: 429, headers: { "retry-after": "2" } }],
    ["answers 503", { kind: "status", status: 503 }],
    ["is overloaded within a stream", { kind: "error-event", text: "", type: "overloaded_error" }],
    ["cuts the connection", { kind: "cut", text: '{"rep' }],
    ["ends without its end", { kind: "early-end", text: '{"reply": ' }],
    ["sends garbage", { kind: "garbage" }],
  ])("a provider that %s before the first word is asked again", async ([, bad]) => {
    await using server = await ModelServer.start();
    server.answers = [bad, DRAFT];
    const started = await start([[server, api]]);
    const responses = await retried(say(started.agent, REQUEST), started);

    expect(textOf(responses)).toBe("Here you are.");
    expect(server.requests).toHaveLength(2);
  });

  test("one that fails three times is left for the next provider", async () => {
    await using first = await ModelServer.start();
    await using second = await ModelServer.start();
    first.answers = [{ kind: "status", status: 500 }];
    second.answers = [DRAFT];
    const started = await start([
      [first, api],
      [second, api === "messages" ? "chat" : "messages"],
    ]);

    expect(textOf(await retried(say(started.agent, REQUEST), started))).toBe("Here you are.");
    expect([first.requests.length, second.requests.length, started.faults.length]).toEqual([3, 1, 3]);
  });

  test("one that stalls before the first word is left at once, and its socket is closed", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "stall", text: '{"rep' }];
    const started = await start([[server, api]]);
    const turn = say(started.agent, REQUEST);
    await vi.waitUntil(() => server.requests.length === 1, WAIT);
    const responses = await stalled(turn, started);

    expect(textOf(responses)).toMatch(
      /^The language model could not be asked just now.*\n\nHere is a draft with 2 steps/,
    );
    expect(started.faults).toHaveLength(1);
    await server.requests[0]?.aborted;
  });

  test.for<readonly [string, ModelAnswer, Code, string]>([
    ["cuts", { kind: "cut", text: '{"reply": "Let me' }, Code.Unavailable, "PROVIDER_CUT"],
    ["ends early", { kind: "early-end", text: '{"reply": "Let me' }, Code.Unavailable, "PROVIDER_CUT"],
    [
      "fails",
      { kind: "error-event", text: '{"reply": "Let me', type: "overloaded_error" },
      Code.Unavailable,
      "PROVIDER_OVERLOADED",
    ],
    [
      "reaches its limit",
      { kind: "truncated", text: '{"reply": "Let me' },
      Code.ResourceExhausted,
      "PROVIDER_OUTPUT_TRUNCATED",
    ],
  ])("one that %s after the first word fails the turn, and nothing else is asked", async ([, bad, code, reason]) => {
    await using server = await ModelServer.start();
    server.answers = [bad];
    const { agent } = await start([
      [server, api],
      [server, "chat"],
    ]);

    expect(await failureOf(say(agent, REQUEST))).toEqual({ code, reason });
    expect(server.requests).toHaveLength(1);
  });

  test("one that stalls after the first word fails the turn, and nothing else is asked", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "stall", text: '{"reply": "Let me' }];
    const started = await start([
      [server, api],
      [server, "chat"],
    ]);
    let text = "";
    const turn = (async () => {
      const request = { conversationId: "c1", message: REQUEST };
      for await (const { message } of started.agent.processConversation(request)) text += message;
    })();
    await vi.waitUntil(() => text === "Let me", WAIT);

    expect(await stalled(failureOf(turn), started)).toEqual({ code: Code.Unavailable, reason: "PROVIDER_STALLED" });
    expect(server.requests).toHaveLength(1);
  });

  test("a refused key is reported once, and the embedded planner goes on and says so", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "status", status: 401, type: "authentication_error" }];
    const { agent, clock, faults } = await start([[server, api]]);
    const first = await say(agent, REQUEST);
    await say(agent, "make it 8:30");
    clock.advance(600_000);
    const third = await say(agent, "make it 7:30");

    expect(textOf(first)).toMatch(/^Here is a draft with 2 steps[^]*does not accept this system's key/);
    expect(eventOf(third, "workflowProposed").spec?.nodes[0]?.configuration).toEqual({ expression: "30 7 * * *" });
    expect({ faults: faults.map((line) => line.split(" ")[1]), requests: server.requests.length }).toEqual({
      faults: ["key-refused"],
      requests: 2,
    });
  });

  test("a model that does not take the schema is asked without it, once", async () => {
    await using server = await ModelServer.start();
    server.answers = [
      { kind: "status", status: 400, type: "invalid_request_error", message: "response_format: bad schema" },
      DRAFT,
    ];
    const { agent } = await start([[server, api]]);

    expect(textOf(await say(agent, REQUEST))).toBe("Here you are.");
    const bodies = server.requests.map(({ body }) => JSON.stringify(body).includes("json_schema"));
    expect(bodies).toEqual([true, false]);
  });

  test("the text arrives as the model writes it, and a cancelled turn closes the provider's socket", async () => {
    await using server = await ModelServer.start();
    server.answers = [{ kind: "stall", text: '{"reply": "Let me' }];
    const { agent } = await start([[server, api]]);
    let text = "";
    const turn = (async () => {
      for await (const { turnId, message } of agent.processConversation({ conversationId: "c1", message: REQUEST })) {
        text += message;
        if (text === "Let me") await agent.cancelTurn({ turnId });
      }
    })();

    expect(await failureOf(turn)).toEqual({ code: Code.Canceled, reason: "CANCELLED" });
    await server.requests[0]?.aborted;
  });
});

test("what a model answers is data: an unknown kind, a wrong form and prose go back to it", async () => {
  await using server = await ModelServer.start();
  const unknown = {
    ...WORKFLOW,
    nodes: [cron, { ...http, kind: "ACTION/RUN_SHELL", configuration: { command: "rm" } }],
  };
  server.answers = [
    answer({ workflow: unknown }),
    { kind: "text", text: '{"reply": "Again.", "workflow": {"nodes": "all"}}' },
    { kind: "text", text: "I would rather chat." },
  ];
  const seen: string[] = [];
  const engine: Partial<Engine> = {
    validateWorkflow({ spec }) {
      const { type, subtype } = spec?.nodes[1] ?? {};
      seen.push(`${type}/${subtype}`);
      return {
        issues: subtype === "RUN_SHELL" ? [{ ...ERROR, code: "UNKNOWN_NODE_TYPE", path: "/nodes/1/subtype" }] : [],
      };
    },
  };
  const { agent } = await start([[server, "chat"]], { engine });
  const responses = await say(agent, REQUEST);

  expect(seen[0]).toBe("3/RUN_SHELL");
  const bodies = server.requests.map(({ body }) => JSON.stringify(body));
  expect(bodies[1]).toContain("/nodes/1/subtype UNKNOWN_NODE_TYPE");
  expect(bodies[2]).toContain("/workflow/nodes");
  expect(textOf(responses)).toContain("gave no workflow that can be used");
  expect(eventOf(responses, "workflowProposed").spec?.nodes.map(({ subtype }) => subtype)).toEqual([
    "CRON",
    "HTTP_REQUEST",
  ]);
});

test("a configuration of brackets alone goes back to the model", async () => {
  await using server = await ModelServer.start();
  const configuration = { ...http.configuration, body: "[".repeat(20_000) + "]".repeat(20_000) };
  server.answers = [answer({ workflow: { ...WORKFLOW, nodes: [cron, { ...http, configuration }] } }), DRAFT];
  const { agent } = await start([[server, "chat"]]);

  expect(eventOf(await say(agent, REQUEST), "workflowProposed").repairRounds).toBe(1);
  expect(JSON.stringify(server.requests[1]?.body)).toContain("/workflow/nodes/1/configuration: nested deeper than 64");
});

test("without the engine's catalogue no model is asked", async () => {
  await using server = await ModelServer.start();
  const engine: Partial<Engine> = { listNodeTypes: () => Promise.reject(new ConnectError("away", Code.Unavailable)) };
  const { agent } = await start([[server, "chat"]], { engine });

  expect(textOf(await say(agent, REQUEST))).toContain("Here is a draft with 2 steps");
  expect(server.requests).toEqual([]);
});

test("the catalogue is asked for with the caller's identity, once a minute", async () => {
  await using server = await ModelServer.start();
  server.answers = [DRAFT];
  const callers: (string | null)[] = [];
  const engine: Partial<Engine> = {
    listNodeTypes(_, { requestHeader }) {
      callers.push(requestHeader.get("x-at-identity"));
      return { nodeTypes: [...NODE_TYPES] };
    },
  };
  const { agent, clock } = await start([[server, "chat"]], { engine });
  await say(agent, REQUEST);
  await say(agent, REQUEST);
  clock.advance(60_000);
  await say(agent, REQUEST);

  expect(callers).toEqual(Array(2).fill("signed local for workflow-engine"));
});

test("a long conversation is cut to the budget, and the message itself is not", async () => {
  await using server = await ModelServer.start();
  server.answers = [answer({ reply: "y".repeat(100) })];
  const { agent } = await start([[server, "chat"]], { historyTokens: 1_000 });
  for (let turn = 0; turn < 6; turn += 1) await say(agent, `message ${turn} ${"x".repeat(1_200)}`);
  const messages = server.requests.at(-1)?.body["messages"] as { readonly role: string; readonly content: string }[];

  expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user", "assistant", "user"]);
  expect(messages.at(1)?.content).toMatch(/^message 3 x{1200}$/);
  expect(messages.at(-1)?.content).toMatch(/^message 5 x{1200}$/);
});

test("a repeated turn is read from its log: the model is asked once", async () => {
  await using server = await ModelServer.start();
  server.answers = [DRAFT];
  const { agent } = await start([[server, "chat"]]);
  const request = { conversationId: "c1", message: REQUEST, requestId: "r1" };
  const first = await collect(agent.processConversation(request));
  const repeated = await collect(agent.processConversation(request));

  expect(textOf(repeated)).toBe("Here you are.");
  expect(eventOf(repeated, "workflowProposed").spec).toEqual(eventOf(first, "workflowProposed").spec);
  expect(server.requests).toHaveLength(1);
});
