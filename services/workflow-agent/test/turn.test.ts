import { ErrorInfoSchema, type ProcessConversationResponse, Severity, Stage } from "@agent-team/contracts";
import { sketch } from "@agent-team/embedded-planner/testing";
import { InProcessJournal, JournalError } from "@agent-team/journal";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import type { Planner, PlannerEvent } from "../src/planner.ts";
import { collect, eventOf, type Fixture, say, startAgent, textOf, thinkingPlanner } from "./fixture.ts";

const REQUEST = "every weekday at 9am fetch https://example.com/orders, if total is over 1000 tell #ops";

async function failureOf(
  promise: Promise<unknown>,
): Promise<{ code: Code; reason: string | undefined; error: ConnectError }> {
  const error = ConnectError.from(
    await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  return { code: error.code, reason: error.findDetails(ErrorInfoSchema)[0]?.reason, error };
}

test("a turn yields its start, its stages, its text, its draft and its end, numbered without gaps", async () => {
  const { agent } = startAgent();
  const responses = await say(agent, REQUEST);

  expect(responses.map(({ sequence }) => sequence)).toEqual(responses.map((_, index) => index + 1));
  expect(new Set(responses.map(({ turnId }) => turnId)).size).toBe(1);
  expect(responses.every(({ fence, turnId }) => fence !== "" && turnId !== "")).toBe(true);
  expect(responses.at(0)?.event.case).toBe("turnStarted");
  expect(responses.at(-1)?.event.case).toBe("turnCompleted");
  const stages = responses.flatMap(({ event }) => (event.case === "stageChanged" ? [event.value.stage] : []));
  expect(stages).toEqual([Stage.UNDERSTANDING, Stage.PLANNING, Stage.VALIDATING, Stage.COMPLETED]);
  expect(eventOf(responses, "turnStarted")).toMatchObject({ conversationId: "c1", planner: "embedded/6" });
  expect(textOf(responses)).toMatch(/^Here is a draft with 4 steps:\n1\. Start every weekday at 09:00/);
});

test("a draft has the issues that the engine finds in it", async () => {
  const issue = {
    severity: Severity.ERROR,
    code: "CRON",
    message: "no such cron",
    path: "/nodes/0/configuration/expression",
  };
  const { agent } = startAgent({ engine: { validateWorkflow: () => ({ issues: [issue] }) } });
  const proposed = eventOf(await say(agent, REQUEST), "workflowProposed");

  expect(proposed.issues).toMatchObject([issue]);
  expect(proposed.spec && sketch(proposed.spec)).toHaveLength(4);
});

test("the answer names the nodes that the engine does not run yet, once for each warning", async () => {
  const warning = { severity: Severity.WARNING, code: "NOT_RUNNABLE_YET", message: "Slack is not called yet." };
  const issues = [
    { ...warning, path: "/nodes/3/subtype" },
    { ...warning, path: "/nodes/5/subtype" },
    {
      ...warning,
      code: "TRIGGER_DOES_NOT_FIRE_YET",
      message: "A schedule does not fire yet.",
      path: "/nodes/0/subtype",
    },
    { ...warning, code: "NEEDS_INPUT", message: "said by the planner", path: "/nodes/3/configuration/webhook_url" },
  ];
  const { agent } = startAgent({ engine: { validateWorkflow: () => ({ issues }) } });
  const responses = await say(agent, `${REQUEST}, if total is under 10 tell #low`);

  const lines = textOf(responses).split("\n");
  expect(lines.slice(-2)).toEqual([
    '"Post to Slack #ops", "Post to Slack #low": Slack is not called yet.',
    '"Every weekday at 09:00": A schedule does not fire yet.',
  ]);
  expect(textOf(responses)).not.toContain("said by the planner");
  const { messages } = await agent.getConversation({ conversationId: "c1" });
  expect(messages.at(-1)?.text).toBe(textOf(responses));
});

test.for([
  ["away", () => Promise.reject(new ConnectError("no engine", Code.Unavailable))],
  ["silent", () => new Promise<never>(() => {})],
] as const)("an engine that is %s leaves the draft with a warning", async ([, validateWorkflow]) => {
  const { agent } = startAgent({ engine: { validateWorkflow }, engineTimeoutMs: 20 });
  const { issues } = eventOf(await say(agent, REQUEST), "workflowProposed");

  expect(issues).toMatchObject([{ severity: Severity.WARNING, code: "NOT_VALIDATED" }]);
});

test("heartbeats are sent while a planner is slow, and have no number", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { agent, clock } = startAgent({ planner });
  const turn = say(agent, "anything");
  await thinks;
  await untilItWaits(clock);
  await clock.advanceAsync(1_999);
  await clock.advanceAsync(4_001);
  goOn();
  const responses = await turn;

  const beats = responses.filter(({ event }) => event.case === "heartbeat");
  expect(beats.map(({ sequence, fence }) => ({ sequence, fence }))).toEqual(Array(3).fill({ sequence: 0, fence: "" }));
  const numbered = responses.filter(({ sequence }) => sequence > 0);
  expect(numbered.map(({ sequence }) => sequence)).toEqual(numbered.map((_, index) => index + 1));
  expect(textOf(responses)).toBe("Hm. Done.");
});

test("a cancelled turn ends with a CANCELLED event, and the stream with that code", async () => {
  const { planner, thinks } = thinkingPlanner();
  const { agent, clock } = startAgent({ planner });
  const responses: Awaited<ReturnType<typeof say>> = [];
  const turn = (async () => {
    for await (const response of agent.processConversation({ conversationId: "c1", message: "go" }))
      responses.push(response);
  })();
  const signal = await thinks;
  await untilItWaits(clock);
  expect(await agent.cancelTurn({ turnId: responses[0]?.turnId ?? "" })).toMatchObject({ wasRunning: true });

  expect(await failureOf(turn)).toMatchObject({ code: Code.Canceled, reason: "CANCELLED" });
  expect(eventOf(responses, "turnFailed")).toMatchObject({ code: "CANCELLED", reason: "CANCELLED", retryable: false });
  expect(responses.at(-1)?.event.case).toBe("turnFailed");
  expect(signal.aborted).toBe(true);
  expect(await agent.getConversation({ conversationId: "c1" })).toMatchObject({ activeTurnId: "" });
});

test("a turn that exceeds its deadline fails with DEADLINE_EXCEEDED", async () => {
  const { planner, thinks } = thinkingPlanner();
  const { agent, clock } = startAgent({ planner, heartbeatMs: 1_000_000 });
  const turn = say(agent, "go");
  await thinks;
  clock.advance(120_000);

  expect(await failureOf(turn)).toMatchObject({ code: Code.DeadlineExceeded, reason: "TURN_DEADLINE" });
});

test("a turn without a request_id stops when its caller disconnects, and the conversation accepts another turn", async () => {
  const { planner, thinks } = thinkingPlanner();
  const { agent } = startAgent({ planner });
  const caller = new AbortController();
  const turn = collect(agent.processConversation({ conversationId: "c1", message: "go" }, { signal: caller.signal }));
  const signal = await thinks;
  const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
  caller.abort();

  expect(await failureOf(turn)).toMatchObject({ code: Code.Canceled });
  await stopped;
  await expect.poll(() => agent.getConversation({ conversationId: "c1" })).toMatchObject({ activeTurnId: "" });
});

test("a second turn during the first is refused with the id of the first", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const { agent } = startAgent({ planner });
  const first = say(agent, "go");
  await thinks;
  const { code, reason, error } = await failureOf(say(agent, "me too"));
  goOn();

  expect({ code, reason }).toEqual({ code: Code.FailedPrecondition, reason: "TURN_ACTIVE" });
  expect(error.findDetails(ErrorInfoSchema)[0]?.metadata["turn_id"]).toBe((await first)[0]?.turnId);
});

test("with PLANNER_PACE_MS each piece of text is sent after its pause", async () => {
  const { agent, clock } = startAgent({ paceMs: 100, heartbeatMs: 1_000_000 });
  const pieces: string[] = [];
  const turn = (async () => {
    for await (const { message } of agent.processConversation({ conversationId: "c1", message: "hi" })) {
      if (message !== "") pieces.push(message);
    }
  })();
  await expect.poll(() => clock.pendingTimers).toBe(4); // deadline, heartbeat, pace, and the look at other agents
  expect(pieces).toEqual([]);
  await clock.advanceAsync(100);
  await expect.poll(() => pieces).toEqual(["Hello! I turn "]);
  await clock.advanceAsync(60_000);
  await turn;
});

test("a journal that cannot be reached is UNAVAILABLE before the first event", async () => {
  const journal = new InProcessJournal();
  await journal.close();
  const { agent } = startAgent({ journal });

  expect(await failureOf(say(agent, "hi"))).toMatchObject({ code: Code.Unavailable, reason: "STORE_UNAVAILABLE" });
});

test("when the store is gone, the callers of a turn end without a last event, so that they resume", async () => {
  const { planner, thinks, goOn } = thinkingPlanner();
  const journal = new InProcessJournal();
  const { agent } = startAgent({ planner, journal });
  const turn = failureOf(say(agent, "hi"));
  await thinks;
  await journal.close();
  goOn();

  expect(await turn).toMatchObject({ code: Code.Unavailable, reason: "STORE_UNAVAILABLE" });
});

test("a turn that has no room in the store fails with STORE_FULL, in its last event and in its status", async () => {
  async function* plan(): AsyncGenerator<PlannerEvent> {
    yield { kind: "text", text: "x".repeat(5_000) };
  }
  const wordy: Planner = { name: "wordy/1", continuation: "restart", plan };
  const { agent } = startAgent({ planner: wordy, journal: new InProcessJournal({ maxBytes: 4_000 }) });

  expect(await outcomeOf(agent)).toEqual({
    failed: { code: "RESOURCE_EXHAUSTED", reason: "STORE_FULL", retryable: false },
    status: { code: Code.ResourceExhausted, reason: "STORE_FULL" },
  });
  await expect.poll(() => agent.getConversation({ conversationId: "c1" })).toMatchObject({ activeTurnId: "" });
});

test("the end of a turn is stored also when the store is full: a repeat gets it from another agent, and plans nothing", async () => {
  const journal = new InProcessJournal();
  const { append } = journal;
  let plans = 0;
  async function* plan(): AsyncGenerator<PlannerEvent> {
    plans += 1;
    vi.spyOn(journal, "append").mockImplementation(async (key, records, options) => {
      if (options.mayOverfill !== true) throw new JournalError("full", "no room");
      return append.call(journal, key, records, options);
    });
    yield { kind: "text", text: "Hello." };
  }
  const planner: Planner = { name: "wordy/1", continuation: "restart", plan };
  const { agent, clock } = startAgent({ planner, journal });
  const other = startAgent({ planner, journal, clock }).agent;
  const request = { conversationId: "c1", message: "hi", requestId: "r1" };
  const full = { code: Code.ResourceExhausted, reason: "STORE_FULL" };

  expect(await failureOf(collect(agent.processConversation(request)))).toMatchObject(full);
  vi.restoreAllMocks(); // there is room again
  expect(await failureOf(collect(other.processConversation(request)))).toMatchObject(full);
  expect(plans).toBe(1);
});

test("an answer above 256 KiB ends the turn", async () => {
  async function* plan(): AsyncGenerator<PlannerEvent> {
    for (;;) yield { kind: "text", text: "x".repeat(5_000) };
  }
  const endless: Planner = { name: "endless/1", continuation: "restart", plan };
  const { agent } = startAgent({ planner: endless });

  expect(await outcomeOf(agent)).toMatchObject({ status: { reason: "ANSWER_TOO_LARGE" } });
});

/** Three timers: the deadline, the look at other agents, and the heartbeat of a caller that has read all events. */
async function untilItWaits(clock: Fixture["clock"]): Promise<void> {
  await expect.poll(() => clock.pendingTimers).toBe(3);
}

/** Runs one turn, and returns its failure as its last event and as its status have it. */
async function outcomeOf(agent: Fixture["agent"]): Promise<unknown> {
  let last: ProcessConversationResponse | undefined;
  const { code, reason } = await failureOf(
    (async () => {
      for await (const response of agent.processConversation({ conversationId: "c1", message: "hi" })) last = response;
    })(),
  );
  const { code: name, reason: why, retryable } = eventOf(last === undefined ? [] : [last], "turnFailed");
  return { failed: { code: name, reason: why, retryable }, status: { code, reason } };
}

test("a defect of a planner fails the turn as INTERNAL, without its message", async () => {
  const plan = (): never => {
    throw new TypeError("secret detail");
  };
  const defects: unknown[] = [];
  const onDefect = (error: unknown): void => void defects.push(error);
  const { agent } = startAgent({ planner: { name: "broken/1", continuation: "restart", plan }, onDefect });
  const { code, error } = await failureOf(say(agent, "hi"));

  expect(code).toBe(Code.Internal);
  expect(error.message).not.toContain("secret");
  expect(defects).toEqual([new TypeError("secret detail")]);
});

test("an error of a channel fails the turn with its code, and the address that it names is for the log alone", async () => {
  const lost = new ConnectError("no ready endpoint (ECONNREFUSED 10.0.10.7:50050)", Code.ResourceExhausted);
  const plan = (): never => {
    throw lost;
  };
  const defects: unknown[] = [];
  const onDefect = (error: unknown): void => void defects.push(error);
  const { agent } = startAgent({ planner: { name: "broken/1", continuation: "restart", plan }, onDefect });
  const { code, error } = await failureOf(say(agent, "hi"));

  expect(code).toBe(Code.ResourceExhausted);
  expect(error.message).not.toContain("10.0.10.7");
  expect(defects).toEqual([lost]);
});

test("a later turn changes the draft, and start again removes it", async () => {
  const { agent } = startAgent();
  await say(agent, "every weekday at 9am fetch https://x.test/orders");
  const changed = await say(agent, "make it 8:30");
  expect(textOf(changed)).toContain("It now starts every weekday at 08:30.");
  expect(eventOf(changed, "workflowProposed").spec?.nodes[0]?.configuration).toEqual({ expression: "30 8 * * 1-5" });

  await say(agent, "undo");
  const { draft } = await agent.getConversation({ conversationId: "c1" });
  expect(draft?.nodes[0]?.configuration).toEqual({ expression: "0 9 * * 1-5" });

  await say(agent, "start again");
  expect((await agent.getConversation({ conversationId: "c1" })).draft).toBeUndefined();
});
