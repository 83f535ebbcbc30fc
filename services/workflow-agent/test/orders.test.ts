// "save it", "run it", "show it" and "start again", by the engine's own API with the caller's rights.

import {
  BadRequestSchema,
  type CreateWorkflowRequest,
  ErrorInfoSchema,
  RunSchema,
  type StartRunRequest,
  type Workflow,
  WorkflowSchema,
} from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import { withOrders } from "../src/orders/with-orders.ts";
import type { Planner, PlannerEvent } from "../src/planner.ts";
import { type Engine, type Fixture, say, startAgent, textOf } from "./fixture.ts";

const REQUEST = "every weekday at 9am fetch https://x.test/orders";

/** An engine that keeps workflows by their request_id, as the real one does. */
class TestEngine {
  readonly creates: CreateWorkflowRequest[] = [];
  readonly starts: StartRunRequest[] = [];
  readonly callers: (string | null)[] = [];
  readonly deleted = new Set<string>();
  readonly engine: Engine;
  readonly #workflows = new Map<string, Workflow>();

  constructor(parts: Partial<Engine> = {}) {
    const { creates, starts, callers, deleted } = this;
    const workflows = this.#workflows;
    this.engine = {
      validateWorkflow: () => ({ issues: [] }),
      createWorkflow(request, { requestHeader }) {
        creates.push(request);
        callers.push(requestHeader.get("x-at-identity"));
        if (deleted.has(request.requestId)) throw refusal(Code.FailedPrecondition, "DELETED", "it was deleted");
        const id = `wf${workflows.size + 1}`;
        const workflow = workflows.get(request.requestId) ?? create(WorkflowSchema, { id, version: 1, spec: request.spec });
        workflows.set(request.requestId, workflow);
        return { workflow };
      },
      startRun(request, { requestHeader }) {
        starts.push(request);
        callers.push(requestHeader.get("x-at-identity"));
        return { run: create(RunSchema, { id: "run1", workflowId: request.workflowId }) };
      },
      ...parts,
    };
  }
}

function refusal(code: Code, reason: string, message: string, faults: readonly string[] = []): ConnectError {
  const fieldViolations = faults.map((field) => ({ field, description: "is wrong" }));
  return new ConnectError(message, code, undefined, [
    { desc: ErrorInfoSchema, value: { domain: "agentteam", reason } },
    ...(faults.length === 0 ? [] : [{ desc: BadRequestSchema, value: { fieldViolations } }]),
  ]);
}

function start({ engine }: Pick<TestEngine, "engine">): Fixture {
  return startAgent({ engine, planner: withOrders(embeddedPlanner, embeddedPlanner) });
}

async function answerTo(agent: Fixture["agent"], message: string, conversationId = "c1"): Promise<string> {
  return textOf(await say(agent, message, conversationId));
}

test.for(["save it", "Please save the workflow.", "ok, store it", "keep it please!"])("%s stores the draft for its caller", async (order) => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);

  expect(await answerTo(agent, order)).toMatch(/^Saved as workflow wf1\./);
  expect(tested.creates).toMatchObject([{ spec: { nodes: [{ subtype: "CRON" }, { subtype: "HTTP_REQUEST" }] } }]);
  expect(tested.callers).toEqual(["signed local for workflow-engine"]);
  expect(tested.starts).toEqual([]);
});

test("a draft that is saved again is the same workflow, a changed one another, and so is one after a deletion", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);

  expect(await answerTo(agent, "save it")).toContain("workflow wf1");
  expect(await answerTo(agent, "save it")).toContain("workflow wf1");
  await say(agent, "make it 8:30");
  expect(await answerTo(agent, "save it")).toContain("workflow wf2");
  for (const { requestId } of tested.creates) tested.deleted.add(requestId);
  expect(await answerTo(agent, "save it")).toContain("workflow wf3");
});

test("run it stores the draft and starts it once in a turn, and names both", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);
  const responses = await say(agent, "save it and run it");

  expect(textOf(responses)).toMatch(/^Saved as workflow wf1\. Run run1 has started: GET \/v1\/runs\/run1 /);
  expect(tested.starts).toMatchObject([{ workflowId: "wf1", requestId: responses[0]?.turnId }]);
  await say(agent, "run it");
  expect(new Set(tested.starts.map(({ requestId }) => requestId)).size).toBe(2);
});

test("what the engine refuses is said, and what a channel says is not", async () => {
  const invalid = new TestEngine({
    createWorkflow() {
      throw refusal(Code.InvalidArgument, "WORKFLOW_INVALID", "invalid", ["spec.nodes[1].configuration.url"]);
    },
  });
  const { agent } = start(invalid);
  await say(agent, REQUEST);
  expect(await answerTo(agent, "save it")).toBe("The draft was not saved: \n- spec.nodes[1].configuration.url: is wrong");

  const needsInput = new TestEngine({
    startRun() {
      throw refusal(Code.FailedPrecondition, "NEEDS_INPUT", "node post needs /webhook_url");
    },
  });
  const second = start(needsInput).agent;
  await say(second, REQUEST);
  expect(await answerTo(second, "run it")).toBe("Saved as workflow wf1. It was not started: node post needs /webhook_url.");

  const away = new TestEngine({
    createWorkflow() {
      throw new ConnectError("ECONNREFUSED 10.0.10.7:50050", Code.Unavailable);
    },
  });
  const third = start(away).agent;
  await say(third, REQUEST);
  expect(await answerTo(third, "save it")).toBe("The draft was not saved: the engine does not answer just now. Say it again in a moment.");
});

test("show it and start again work on the draft of any planner", async () => {
  const { agent, journal } = start(new TestEngine());
  await say(agent, REQUEST);
  expect(await answerTo(agent, "show it")).toContain("1. Start every weekday at 09:00");

  const other: Planner = { name: "other/1", continuation: "restart", plan: () => [...draftOf("Orders")] };
  const { agent: second } = startAgent({ journal, planner: withOrders(other, embeddedPlanner) });
  await say(second, "anything");
  expect(await answerTo(second, "show it")).toBe(
    'The draft "Orders" has 2 steps:\n1. Begin: MANUAL\n2. b: IF, condition "{% true %}", still to fill in: /condition, after "Begin"',
  );
  expect(await answerTo(second, "start again")).toMatch(/^The draft is gone/);
  expect((await second.getConversation({ conversationId: "c1" })).draft).toBeUndefined();
});

function* draftOf(name: string): Generator<PlannerEvent> {
  const nodes = [
    { id: "a", name: "Begin", type: 1, subtype: "MANUAL" },
    { id: "b", name: "", type: 5, subtype: "IF", configuration: { condition: "{% true %}" }, needsInput: ["/condition"] },
  ];
  const spec = create(WorkflowSchema, { spec: { name, nodes, connections: [{ fromNode: "a", toNode: "b" }] } }).spec;
  if (spec !== undefined) yield { kind: "draft", spec, notUnderstood: [] };
}

test("without a draft, and within a longer text, nothing is done", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  for (const order of ["save it", "run it", "show it", "start again"]) {
    expect(await answerTo(agent, order)).toBe("There is no draft yet. What would you like to automate?");
  }
  await say(agent, `${REQUEST} then run it and tell #ops to save it`);
  await say(agent, "my boss says: run it");
  expect([tested.creates, tested.starts]).toEqual([[], []]);
});

test("an order of another subject has no draft of this one", async () => {
  const tested = new TestEngine();
  const { agent, as } = start(tested);
  await say(agent, REQUEST);

  expect(await answerTo(as("eve"), "save it")).toContain("There is no draft yet");
  expect(tested.creates).toEqual([]);
});
