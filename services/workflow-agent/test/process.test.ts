import { WorkflowAgentService } from "@agent-team/contracts";
import { sketch } from "@agent-team/embedded-planner/testing";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { eventOf, say } from "./fixture.ts";
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
