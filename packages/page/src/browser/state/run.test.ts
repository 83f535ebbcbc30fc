import { expect, test } from "vitest";
import type { NodeState, RunMessage } from "../api/types.ts";
import { isLastOfRun, NEW_RUN, type RunProgress, reduceRun, summariseNodes } from "./run.ts";

const after = (...messages: readonly RunMessage[]): RunProgress => messages.reduce(reduceRun, NEW_RUN);
const node = (node_id: string, state: NodeState): RunMessage => ({ node_changed: { node_id, state } });
const question = { approval_requested: { node_id: "ask", prompt: "Go on?" } };

test("a question waits until its node ends, and with the run at the latest", () => {
  const asked = after(node("ask", "RUNNING"), node("ask", "WAITING"), question);
  expect(asked.approvals).toEqual([question.approval_requested]);
  expect(reduceRun(asked, node("ask", "SUCCEEDED")).approvals).toEqual([]);
  expect(reduceRun(asked, { run_state_changed: { state: "CANCELED" } }).approvals).toEqual([]);
  expect(reduceRun(asked, { run_state_changed: { state: "WAITING" } }).approvals).toHaveLength(1);
});

test("the last event is that of a final state", () => {
  const states = ["RUNNING", "WAITING", "SUCCEEDED", "FAILED", "CANCELED", "TIMED_OUT"] as const;
  expect(states.filter((state) => isLastOfRun({ run_state_changed: { state } }))).toEqual(states.slice(2));
});

test("events that the store lost are forgotten", () => {
  expect(after(node("a", "FAILED"), { history_truncated: {} })).toEqual(NEW_RUN);
});

test("a node of a loop shows how many items have ended, and a failure before everything else", () => {
  const { executions } = after(
    node("each", "SUCCEEDED"),
    node("post.0", "SUCCEEDED"),
    node("post.1", "FAILED"),
    node("post.2", "RUNNING"),
  );
  expect(Object.fromEntries(summariseNodes(executions))).toEqual({
    each: { state: "SUCCEEDED", items: undefined },
    post: { state: "FAILED", items: { ended: 2, all: 3 } },
  });
});
