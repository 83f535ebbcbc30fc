// What a planner may ask of its turn, and what the turn makes of it.

import {
  NodeType,
  Severity,
  Stage,
  type ValidationIssue,
  ValidationIssueSchema,
  type WorkflowSpec,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import type { PlanContext, PlanInput, Planner, PlannerEvent } from "../src/planner.ts";
import { eventOf, say, startAgent } from "./fixture.ts";

const manual = (id: string): WorkflowSpec =>
  create(WorkflowSpecSchema, { name: id, nodes: [{ id, type: NodeType.TRIGGER, subtype: "MANUAL" }] });

function planner(plan: Planner["plan"]): Planner {
  return { name: "test/1", continuation: "restart", plan };
}

test("a planner checks a draft and repairs it, and the turn does not check it again", async () => {
  async function* plan(_: unknown, { check }: PlanContext): AsyncGenerator<PlannerEvent> {
    yield { kind: "stage", stage: "planning", detail: "" };
    yield { kind: "stage", stage: "validating", detail: "" };
    const [issue] = await check(manual("bad"));
    yield { kind: "stage", stage: "repairing", detail: `repair 1 of 2: ${issue?.message}` };
    const spec = manual("good");
    yield { kind: "draft", spec, notUnderstood: [], issues: await check(spec), repairRounds: 1 };
  }
  const checked: { readonly name: string; readonly identity: string | null }[] = [];
  const issue: ValidationIssue = create(ValidationIssueSchema, {
    severity: Severity.ERROR,
    code: "CYCLE",
    message: "a cycle",
    path: "/connections/0",
  });
  const { agent } = startAgent({
    planner: planner(plan),
    engine: {
      validateWorkflow({ spec }, { requestHeader }) {
        checked.push({ name: spec?.name ?? "", identity: requestHeader.get("x-at-identity") });
        return { issues: spec?.name === "bad" ? [issue] : [] };
      },
    },
  });
  const responses = await say(agent, "go");

  const identity = "signed local for workflow-engine";
  expect(checked).toEqual([
    { name: "bad", identity },
    { name: "good", identity },
  ]);
  expect(eventOf(responses, "workflowProposed")).toMatchObject({ spec: { name: "good" }, issues: [], repairRounds: 1 });
  const stages = responses.flatMap(({ event }) => (event.case === "stageChanged" ? [event.value] : []));
  expect(stages.map(({ stage }) => stage)).toEqual([
    Stage.UNDERSTANDING,
    Stage.PLANNING,
    Stage.VALIDATING,
    Stage.REPAIRING,
    Stage.COMPLETED,
  ]);
  expect(stages.at(-2)?.detail).toBe("repair 1 of 2: a cycle");
});

test("the last event has the sum of what the planner's requests cost", async () => {
  function* plan(): Generator<PlannerEvent> {
    yield { kind: "usage", inputTokens: 900, outputTokens: 40, modelCalls: 1 };
    yield { kind: "text", text: "Hm." };
    yield { kind: "usage", inputTokens: 1_100, outputTokens: 2, modelCalls: 1 };
  }
  const { agent } = startAgent({ planner: planner(plan) });

  const { usage } = eventOf(await say(agent, "go"), "turnCompleted");
  expect(usage).toMatchObject({ inputTokens: 2_000, outputTokens: 42, modelCalls: 2, takeovers: 0 });
});

test("a planner gets the draft that another planner has made", async () => {
  const inputs: PlanInput[] = [];
  function* plan(input: PlanInput): Generator<PlannerEvent> {
    inputs.push(input);
    yield { kind: "draft", spec: manual(`draft_${inputs.length}`), notUnderstood: [] };
  }
  const { agent } = startAgent({ planner: planner(plan) });
  await say(agent, "go");
  await say(agent, "again");

  expect(inputs.map(({ draftSpec }) => draftSpec?.name)).toEqual([undefined, "draft_1"]);
});
