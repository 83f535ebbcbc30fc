import { WorkflowAgentService, WorkflowEngineService } from "@agent-team/contracts";
import { sketch } from "@agent-team/embedded-planner/testing";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { service } from "@agent-team/grpc-server";
import { serveOnLoopback } from "@agent-team/grpc-server/testing";
import { ModelServer } from "@agent-team/test-support/model-server";
import { createClient } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { eventOf, say, textOf } from "./fixture.ts";
import { NODE_TYPES } from "./node-types.ts";
import { AgentProcess } from "./process.ts";

/** No program listens on port 9 ("discard"), so the engine cannot be reached. */
const NO_ENGINE = { WORKFLOW_ENGINE_HOST: "127.0.0.1", WORKFLOW_ENGINE_PORT: "9" };

test("the program serves a conversation over our own channel without its engine, and ends with 0 on SIGTERM", async () => {
  await using program = new AgentProcess(NO_ENGINE);
  const channel = createChannel(`ipv4:${await program.address()}`);
  const agent = createClient(WorkflowAgentService, createConnectTransport(channel));
  const { spec, issues } = eventOf(
    await say(agent, "every day at 9am fetch https://example.com/orders"),
    "workflowProposed",
  );

  expect(spec && sketch(spec)).toEqual(["CRON 0 9 * * *", "HTTP GET https://example.com/orders"]);
  expect(issues).toMatchObject([{ code: "NOT_VALIDATED" }]);
  await channel.close();
  expect(await program.stop()).toBe(0);
  expect(program.errors).toEqual([]);
});

function serveEngine(): ReturnType<typeof serveOnLoopback> {
  const nodeTypes = [...NODE_TYPES];
  const methods = { listNodeTypes: () => ({ nodeTypes }), validateWorkflow: () => ({ issues: [] }) };
  return serveOnLoopback({ services: [service(WorkflowEngineService, methods)] });
}

test("a server at OPENAI_BASE_URL that speaks Chat Completions alone is asked by it, and by Responses only if the variable says so", async () => {
  await using server = await ModelServer.start("chat");
  server.answers = [{ kind: "text", text: '{"reply": "A local model."}' }];
  await using engine = await serveEngine();
  const target = { WORKFLOW_ENGINE_HOST: "127.0.0.1", WORKFLOW_ENGINE_PORT: String(engine.port) };
  const env = { ...target, OPENAI_BASE_URL: `${server.url}/v1` };
  await using program = new AgentProcess(env);
  await using other = new AgentProcess({ ...env, OPENAI_API: "responses" });
  const answerOf = async (each: AgentProcess): Promise<string> => {
    const channel = createChannel(`ipv4:${await each.address()}`);
    const text = textOf(await say(createClient(WorkflowAgentService, createConnectTransport(channel)), "hello"));
    await channel.close();
    return text;
  };

  expect(await answerOf(program)).toBe("A local model.");
  // The embedded planner answers, and the operator reads which variable to change.
  expect(await answerOf(other)).not.toContain("A local model.");
  expect(other.logs.filter(({ fault }) => fault !== undefined)).toMatchObject([
    { fault: "api-unknown", status: 404, remedy: "OPENAI_API=responses or OPENAI_API=chat" },
  ]);
  expect(server.requests.map(({ path }) => path)).toEqual(["/v1/chat/completions", "/v1/responses"]);
});

test("the program asks the models of its variables, and no log line has a key or a word of a message or an answer", async () => {
  await using openai = await ModelServer.start();
  await using anthropic = await ModelServer.start();
  await using engine = await serveEngine();
  const keys = { OPENAI_API_KEY: "sk-openai-Zx81", ANTHROPIC_API_KEY: "sk-anthropic-Qw52" };
  await using program = new AgentProcess({
    ...keys,
    WORKFLOW_ENGINE_HOST: "127.0.0.1",
    WORKFLOW_ENGINE_PORT: String(engine.port),
    OPENAI_BASE_URL: `${openai.url}/v1`,
    ANTHROPIC_BASE_URL: anthropic.url,
    // The SDKs' own logs repeat what they receive.
    ...{ OPENAI_LOG: "debug", ANTHROPIC_LOG: "debug", LOG_LEVEL: "debug" },
  });
  const channel = createChannel(`ipv4:${await program.address()}`);
  const agent = createClient(WorkflowAgentService, createConnectTransport(channel));

  openai.answers = [
    { kind: "status", status: 401, type: "invalid_api_key", message: `wrong key ${keys.OPENAI_API_KEY}` },
  ];
  anthropic.answers = [{ kind: "garbage" }, { kind: "text", text: '{"reply": "A wombat!"}' }];
  expect(textOf(await say(agent, "hello wombat"))).toBe("A wombat!");
  anthropic.answers = [{ kind: "status", status: 403, type: "permission_error", message: "no wombat" }];
  expect(textOf(await say(agent, "fetch https://example.com/wombat", "c2"))).toContain(
    "does not accept this system's key",
  );
  await channel.close();
  expect(await program.stop()).toBe(0);

  expect(program.logs.flatMap(({ fault }) => fault ?? [])).toEqual(["key-refused", "garbage", "key-refused"]);
  const output = JSON.stringify([program.logs, program.errors]);
  for (const secret of ["wombat", ...Object.values(keys)]) expect(output).not.toContain(secret);
});

test.for([
  [{ ...NO_ENGINE, GRPC_PORT: "abc" }, /^GRPC_PORT=abc: expected a port.*\n$/],
  [
    { ...NO_ENGINE, REDIS_URL: "redis://127.0.0.1", JOURNAL_URL: "tcp://127.0.0.1:1" },
    /^REDIS_URL and JOURNAL_URL are both set: expected one of them.*\n$/,
  ],
  [{ ...NO_ENGINE, WORKFLOW_ENGINE_PORT: "abc" }, /^WORKFLOW_ENGINE_PORT=abc: expected a port.*\n$/],
] as const)("a wrong variable stops the program with one line: %j", async ([env, line]) => {
  await using program = new AgentProcess(env);

  expect(await program.exitCode()).toBe(1);
  expect(program.errors.join("")).toMatch(line);
});
