// "save it", "run it", "show it" and "start again", by the engine's own API with the caller's rights.

import {
  BadRequestSchema,
  type CreateWorkflowRequest,
  ErrorInfoSchema,
  NodeType,
  QuestionSchema,
  RunSchema,
  type StartRunRequest,
  type UpdateWorkflowRequest,
  type Workflow,
  WorkflowSchema,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import { askForOrder } from "../src/orders/order-question.ts";
import { withOrders } from "../src/orders/with-orders.ts";
import type { Planner, PlannerEvent } from "../src/planner.ts";
import { collect, type Engine, eventOf, type Fixture, say, startAgent, textOf } from "./fixture.ts";

const REQUEST = "every weekday at 9am fetch https://x.test/orders";
const BY_HAND = "fetch https://x.test/orders, then post it to https://x.test/audit";

/** An engine that keeps workflows by their request_id, as the real one does. */
class TestEngine {
  readonly creates: CreateWorkflowRequest[] = [];
  readonly updates: UpdateWorkflowRequest[] = [];
  readonly starts: StartRunRequest[] = [];
  readonly callers = new Set<string | null>();
  readonly deleted = new Set<string>();
  readonly workflows = new Map<string, Workflow>();
  readonly engine: Engine;

  constructor(parts: Partial<Engine> = {}) {
    const { creates, updates, starts, workflows, callers, deleted } = this;
    const byRequest = new Map<string, Workflow>();
    const heard = ({ requestHeader }: HandlerContext) => callers.add(requestHeader.get("x-at-identity"));
    const stored = (id: string): Workflow => {
      const workflow = deleted.has(id) ? undefined : workflows.get(id);
      if (workflow === undefined) throw refusal(Code.NotFound, "WORKFLOW_NOT_FOUND", "workflow not found");
      return workflow;
    };
    const keep = (workflow: Workflow): Workflow => {
      workflows.set(workflow.id, workflow);
      return workflow;
    };
    this.engine = {
      validateWorkflow: () => ({ issues: [] }),
      createWorkflow(request, context) {
        creates.push(request);
        heard(context);
        const id = byRequest.get(request.requestId)?.id ?? `wf${workflows.size + 1}`;
        if (deleted.has(id)) throw refusal(Code.FailedPrecondition, "DELETED", "it was deleted");
        const workflow = workflows.get(id) ?? keep(create(WorkflowSchema, { id, version: 1, spec: request.spec }));
        byRequest.set(request.requestId, workflow);
        return { workflow };
      },
      getWorkflow: ({ workflowId }) => ({ workflow: stored(workflowId) }),
      updateWorkflow(request) {
        const { workflowId, spec, expectedVersion } = request;
        const before = stored(workflowId);
        updates.push(request);
        if (before.version !== expectedVersion) throw refusal(Code.Aborted, "VERSION_CONFLICT", "another version");
        return { workflow: keep(create(WorkflowSchema, { ...before, version: before.version + 1, spec })) };
      },
      setWorkflowActive: ({ workflowId, active }) => ({
        workflow: keep(create(WorkflowSchema, { ...stored(workflowId), active })),
      }),
      startRun(request, context) {
        starts.push(request);
        heard(context);
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

test.for([
  "save it",
  "Please save the workflow.",
  "ok, store this",
  "yes, save",
  "Looks good, save it now please!",
  "could you store it for me?",
])("%j stores the draft for its caller", async (order) => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);

  expect(await answerTo(agent, order)).toMatch(/^Saved as workflow "[^"]+" \(wf1\)\. Say "activate it"/);
  expect(tested.creates).toMatchObject([{ spec: { nodes: [{ subtype: "CRON" }, { subtype: "HTTP_REQUEST" }] } }]);
  expect([...tested.callers]).toEqual(["signed local for workflow-engine"]);
  expect(tested.starts).toEqual([]);
});

test("a draft that is saved again is the same workflow, and after a deletion another one", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);

  expect(await agent.getConversation({ conversationId: "c1" })).toMatchObject({
    storedWorkflowId: "",
    storedVersion: 0,
  });
  expect(await answerTo(agent, "save it")).toMatch(/^Saved as .*\(wf1\)/);
  expect(await agent.getConversation({ conversationId: "c1" })).toMatchObject({
    storedWorkflowId: "wf1",
    storedVersion: 1,
  });
  expect(await answerTo(agent, "save it")).toMatch(/^This draft is saved already, as .*\(wf1\)/);
  tested.deleted.add("wf1");
  expect(await answerTo(agent, "save it")).toMatch(/^Saved as .*\(wf2\)/);
  expect(tested.workflows.size).toBe(2);
});

test("a changed draft replaces the stored workflow or is another one, and the person says which", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);
  await say(agent, "save it");
  await say(agent, "make it 8:30");

  const asked = await say(agent, "save it");
  expect(textOf(asked)).toContain("the draft has changed since it was saved as");
  expect(eventOf(asked, "clarificationAsked").questions).toMatchObject([{ options: ["replace it", "save it as new"] }]);
  expect(await answerTo(agent, "yes")).not.toMatch(/saved as|now version/i);
  expect([tested.creates.length, tested.updates.length]).toEqual([1, 0]);

  expect(await answerTo(agent, "replace it")).toMatch(/^The draft is now version 2 of workflow .*\(wf1\)/);
  await say(agent, "make it 7:30");
  expect(await answerTo(agent, "save it as new")).toMatch(/^Saved as .*\(wf2\)/);
  expect(await answerTo(agent, "save it")).toMatch(/^This draft is saved already, as .*\(wf2\)/);
});

test("a workflow that was changed elsewhere is not replaced before the person has heard of it", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);
  await say(agent, "save it");
  await say(agent, "make it 8:30");
  const before = tested.workflows.get("wf1");
  if (before?.spec === undefined) return expect.unreachable();
  tested.workflows.set(
    "wf1",
    create(WorkflowSchema, { ...before, version: 5, spec: { ...before.spec, name: "Mine" } }),
  );

  expect(await answerTo(agent, "replace it")).toContain(
    'workflow "Mine" (wf1) was changed elsewhere and has version 5 now',
  );
  expect(tested.workflows.get("wf1")?.version).toBe(5);
  expect(await answerTo(agent, "replace it")).toContain("version 6");

  tested.deleted.add("wf1");
  await say(agent, "make it 7:30");
  expect(await answerTo(agent, "replace it")).toContain('workflow wf1 is gone. Say "save it".');
});

test("run it stores the draft and starts it once in a turn, and names both", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);
  const responses = await say(agent, "save it and run it");

  expect(textOf(responses)).toMatch(/^Saved as .*\(wf1\)\. Run run1 of .* has started\.$/);
  expect(tested.starts).toMatchObject([{ workflowId: "wf1", requestId: responses[0]?.turnId }]);
  expect(await answerTo(agent, "run it now")).toMatch(/^Run run1 of /);
  expect(new Set(tested.starts.map(({ requestId }) => requestId)).size).toBe(2);
  expect(tested.creates).toHaveLength(1);
});

test("a request_id that is repeated does it once", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, BY_HAND);
  const order = { conversationId: "c1", message: "run it", requestId: "r1" };
  const once = await collect(agent.processConversation(order));
  const again = await collect(agent.processConversation(order));
  expect(textOf(again)).toBe(textOf(once));
  expect(tested.starts).toHaveLength(1);
});

test("start it runs what starts by hand, and asks about what has a schedule", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, BY_HAND);
  expect(await answerTo(agent, "start it")).toContain("Run run1 of");

  await say(agent, REQUEST, "c2");
  expect(await answerTo(agent, "start it", "c2")).toContain(
    'let its schedule start it? Say "run it" or "activate it".',
  );
  expect(await answerTo(agent, "activate it", "c2")).toMatch(/^Active: workflow .*\(wf2\)\. Its schedule starts it\./);
  expect(await answerTo(agent, "turn it off", "c2")).toMatch(/^Not active any more: workflow .*\(wf2\)/);
  expect(tested.starts).toHaveLength(1);
});

test("values that are missing are named, and nothing is stored or run", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, 'every day at 9am UTC tell #team "hello"');
  expect(await answerTo(agent, "run it")).toMatch(
    /^It was not run, because values are missing:\n- .* of ".*"\nSay them first/,
  );
  expect(tested.creates).toEqual([]);
  expect(await answerTo(agent, "save it")).toContain("Before it can run, say:\n- ");
});

test("what the engine refuses is said, and what a channel says is not", async () => {
  const answers: [Partial<Engine>, string, string][] = [
    [
      {
        createWorkflow: () =>
          fail(Code.InvalidArgument, "WORKFLOW_INVALID", "invalid", ["spec.nodes[1].configuration.url"]),
      },
      "save it",
      "The draft was not saved: \n- spec.nodes[1].configuration.url: is wrong\nChange the draft, then say it again.",
    ],
    [
      { createWorkflow: () => fail(Code.ResourceExhausted, "QUOTA_WORKFLOWS", "at most 100 workflows are kept") },
      "save it",
      "The draft was not saved: at most 100 workflows are kept.\nDELETE /v1/workflows/{id} removes one; GET /v1/workflows lists them.",
    ],
    [
      { startRun: () => fail(Code.ResourceExhausted, "QUOTA_RUNS", "at most 1000 runs are kept") },
      "run it",
      "It was not run: at most 1000 runs are kept.\nDELETE /v1/runs/{id} removes one; GET /v1/runs lists them.",
    ],
    [
      {
        createWorkflow() {
          throw new ConnectError("ECONNREFUSED 10.0.10.7:50050", Code.Unavailable);
        },
      },
      "save it",
      "The draft was not saved: the engine does not answer just now. Say it again in a moment.",
    ],
  ];
  for (const [parts, order, answer] of answers) {
    const { agent } = start(new TestEngine(parts));
    await say(agent, REQUEST);
    expect(await answerTo(agent, order)).toContain(answer);
  }
});

function fail(...args: Parameters<typeof refusal>): never {
  throw refusal(...args);
}

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
  expect(await answerTo(second, "discard it")).toMatch(/^The draft is gone/);
  expect((await second.getConversation({ conversationId: "c1" })).draft).toBeUndefined();
  await say(second, "anything");
  expect((await second.getConversation({ conversationId: "c1" })).draft).toBeDefined();
});

function* draftOf(name: string): Generator<PlannerEvent> {
  const nodes = [
    { id: "a", name: "Begin", type: NodeType.TRIGGER, subtype: "MANUAL", configuration: {}, needsInput: [] },
    {
      id: "b",
      name: "",
      type: NodeType.FLOW,
      subtype: "IF",
      configuration: { condition: "{% true %}" },
      needsInput: ["/condition"],
    },
  ];
  const spec = create(WorkflowSpecSchema, { name, nodes, connections: [{ fromNode: "a", toNode: "b" }] });
  yield { kind: "draft", spec, notUnderstood: [] };
}

test("start again after a save says that the workflow stays", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);
  await say(agent, "save it");
  expect(await answerTo(agent, "start over")).toMatch(/^The draft is gone\. Workflow wf1 stays stored\./);
  await say(agent, BY_HAND);
  expect(await answerTo(agent, "save it")).toMatch(/^Saved as .*\(wf2\)/);
});

test("without a draft, and within a longer text, nothing is done", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  for (const order of ["save it", "run it", "show it", "start again"]) {
    expect(await answerTo(agent, order)).toBe("There is no draft yet. What would you like to automate?");
  }
  await say(agent, `${REQUEST} then run it and tell #ops to save it`);
  await say(agent, REQUEST);
  expect(await answerTo(agent, "don't save it")).toBe("All right: I have saved nothing and run nothing.");
  for (const unclear of [
    "should I save it?",
    "save it?",
    "my boss says: run it",
    "is it stored?",
    "run it and tell me",
  ]) {
    expect(await answerTo(agent, unclear)).toMatch(/^I have saved nothing and run nothing.* Say "(?:save|run) it"\.$/);
  }
  expect([tested.creates, tested.starts]).toEqual([[], []]);
});

test("yes to the question for an order is that order, and another message is none", async () => {
  const tested = new TestEngine();
  const { agent } = start(tested);
  await say(agent, REQUEST);
  await say(agent, "should I save it?");
  expect(await answerTo(agent, "no")).toBe("All right: I have saved nothing and run nothing.");
  expect(await answerTo(agent, "yes")).not.toContain("Saved");
  await say(agent, "should I save it?");
  expect(await answerTo(agent, "make it 8:30")).toContain("08:30");
  expect(await answerTo(agent, "yes")).not.toContain("Saved");
  await say(agent, "should I save it?");
  expect(await answerTo(agent, "yes please")).toMatch(/^Saved as /);
});

test("while a question about the draft is open, nothing is stored, and the question is asked again", async () => {
  const tested = new TestEngine();
  const question = create(QuestionSchema, { id: "q1", text: "Which channel?", options: ["#a", "#b"] });
  const other: Planner = {
    name: "other/1",
    continuation: "restart",
    plan({ message, open }) {
      if (message === "draft") return draftOf("Orders");
      if (message === "never mind") return [{ kind: "text", text: "All right." }];
      return [{ kind: "questions", questions: [question], open: open ?? { request: message, answers: [] } }];
    },
  };
  const { agent } = startAgent({ engine: tested.engine, planner: withOrders(other, embeddedPlanner) });
  expect(await answerTo(agent, "draft")).toBe("");
  await say(agent, "tell them");
  const again = await say(agent, "save it");
  expect(textOf(again)).toContain("a question is open: Which channel?");
  expect(eventOf(again, "clarificationAsked").questions).toMatchObject([{ id: "q1", options: ["#a", "#b"] }]);
  expect(tested.creates).toEqual([]);
  await say(agent, "never mind");
  expect(await answerTo(agent, "save it")).toMatch(/^Saved as /);
});

test("a model's own word stores nothing: it has the person asked", async () => {
  const tested = new TestEngine();
  const other: Planner = {
    name: "other/1",
    continuation: "restart",
    *plan({ message }) {
      if (message === "draft") return yield* draftOf("Orders");
      yield* askForOrder("save", message, "");
    },
  };
  const { agent } = startAgent({ engine: tested.engine, planner: withOrders(other, embeddedPlanner) });
  await say(agent, "draft");
  const asked = await say(agent, "bitte speichern");
  expect(textOf(asked)).toBe('Shall I save the draft? Say "save it".');
  expect(eventOf(asked, "clarificationAsked").questions).toMatchObject([{ id: "order", options: ["save it"] }]);
  expect(tested.creates).toEqual([]);
  expect(await answerTo(agent, "ja")).toMatch(/^Saved as workflow "Orders" /);
});

test("an order of another subject has no draft of this one", async () => {
  const tested = new TestEngine();
  const { agent, as } = start(tested);
  await say(agent, REQUEST);

  expect(await answerTo(as("eve"), "save it")).toContain("There is no draft yet");
  expect(tested.creates).toEqual([]);
});
