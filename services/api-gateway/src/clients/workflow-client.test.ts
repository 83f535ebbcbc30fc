import { type ProcessConversationRequest, WorkflowAgentService } from "@agent-team/contracts";
import { createRouterTransport } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import type { Backend } from "./backend.ts";
import { getWorkflowClient } from "./workflow-client.ts";

test("a conversation is an async iterable, and its request gets a request_id before the first attempt", async () => {
  const requests: ProcessConversationRequest[] = [];
  const client = await getWorkflowClient({ backend: backend(requests) });
  const answer: string[] = [];
  for await (const response of client.processConversation({
    conversationId: "test-123",
    message: "Hello, workflow!",
  })) {
    answer.push(response.message);
  }

  expect(answer).toEqual(["Hel", "lo"]);
  expect(requests).toMatchObject([
    { conversationId: "test-123", message: "Hello, workflow!", requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  ]);
  await client.close();
});

test("a turn has a time limit of two minutes, unless the caller sets another", async () => {
  const timeouts: (number | undefined)[] = [];
  const transport = backend([]).transport;
  const spy: Backend["transport"] = {
    ...transport,
    stream(method, signal, timeoutMs, ...rest) {
      timeouts.push(timeoutMs);
      return transport.stream(method, signal, timeoutMs, ...rest);
    },
  };
  const client = await getWorkflowClient({ backend: { ...backend([]), transport: spy } });
  for await (const _ of client.processConversation({ message: "a" }));
  for await (const _ of client.processConversation({ message: "a" }, { timeoutMs: 5_000 }));
  expect(timeouts).toEqual([120_000, 5_000]);
});

test("leaving the loop cancels the call at once", async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const { transport } = backend([]);
  const spy: Backend["transport"] = {
    ...transport,
    stream(method, signal, ...rest) {
      signals.push(signal);
      return transport.stream(method, signal, ...rest);
    },
  };
  const client = await getWorkflowClient({ backend: { ...backend([]), transport: spy } });
  for await (const { message } of client.processConversation({ message: "a" })) {
    expect(message).toBe("Hel");
    expect(signals[0]?.aborted).toBe(false);
    break;
  }
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
});

test("the process shares one client until it is closed", async () => {
  vi.stubEnv("WORKFLOW_SERVICE_HOST", "127.0.0.1");
  vi.stubEnv("WORKFLOW_SERVICE_PORT", "9");
  const [first, second] = await Promise.all([getWorkflowClient(), getWorkflowClient()]);
  expect(second).toBe(first);
  await first.close();

  const third = await getWorkflowClient();
  expect(third).not.toBe(first);
  await third.close();
  vi.unstubAllEnvs();
});

test("a wrong variable is named, and the next caller reads the variables again", async () => {
  vi.stubEnv("WORKFLOW_SERVICE_HOST", "127.0.0.1");
  vi.stubEnv("WORKFLOW_SERVICE_PORT", "abc");
  await expect(getWorkflowClient()).rejects.toThrow(/^WORKFLOW_SERVICE_PORT.*abc/);
  vi.stubEnv("WORKFLOW_SERVICE_PORT", "9");
  await (await getWorkflowClient()).close();
  vi.unstubAllEnvs();
});

function backend(requests: ProcessConversationRequest[]): Backend {
  const transport = createRouterTransport((router) =>
    router.service(WorkflowAgentService, {
      async *processConversation(request) {
        requests.push(request);
        yield { message: "Hel" };
        yield { message: "lo" };
      },
    }),
  );
  const nothing = { target: "agent", tiers: [], waitingCalls: 0, retryBudget: 0 };
  return { transport, on: () => () => undefined, snapshot: () => nothing, close: () => Promise.resolve() };
}
