import { expect, test } from "vitest";
import type { TurnMessage } from "../api/types.ts";
import { isLastOfTurn, NEW_TURN, reduceTurn, type Turn, textOf } from "./turn.ts";

const after = (...messages: readonly TurnMessage[]): Turn => messages.reduce(reduceTurn, NEW_TURN);
const piece = (sequence: number, message: string, fence = "1-a"): TurnMessage => ({ sequence, message, fence });

test("pieces become the text, and the draft comes with its issues", () => {
  const issues = [{ code: "CRON_NEVER_FIRES" }];
  const turn = after(
    { sequence: 1, fence: "1-a" },
    { stage_changed: { stage: "PLANNING" }, fence: "1-a" },
    piece(3, "Here is "),
    piece(4, "a draft."),
    { workflow_proposed: { spec: { name: "Orders" }, issues }, fence: "1-a" },
    { turn_completed: {}, fence: "1-a" },
  );

  expect(textOf(turn)).toBe("Here is a draft.");
  expect(turn).toMatchObject({ stage: "PLANNING", takeovers: 0, end: { kind: "completed" } });
  expect(turn.proposal).toEqual({ spec: { name: "Orders" }, issues, notUnderstood: [] });
});

test("another agent's fence is a takeover, and the first one is not", () => {
  expect(after(piece(1, "a"), piece(2, "b"), piece(3, "c", "2-b"), piece(4, "d", "2-b")).takeovers).toBe(1);
  expect(after(piece(1, "a"), { message: "" }, piece(2, "b")).takeovers).toBe(0);
  expect(after(piece(1, "a"), { turn_completed: { usage: { takeovers: 2 } } }).takeovers).toBe(2);
  const lost = { fence: "1-a", output_truncated: { keep_through_sequence: 1 } };
  expect(after(piece(1, "a"), piece(2, "b", "2-b"), lost, piece(2, "c", "3-c")).takeovers).toBe(2);
});

test("text that is withdrawn comes anew, and so does the draft", () => {
  const turn = after(
    piece(1, "kept "),
    piece(2, "void"),
    { workflow_proposed: { spec: {} } },
    { sequence: 5, fence: "2-b", output_truncated: { keep_through_sequence: 1 } },
    piece(6, "new", "2-b"),
  );
  expect(textOf(turn)).toBe("kept new");
  expect(turn.proposal).toBeUndefined();
  expect(textOf(after(piece(1, "void"), { output_truncated: {} }))).toBe("");
});

test("questions, a failure and a stop", () => {
  expect(after({ clarification_asked: { questions: [{ id: "time", text: "When?" }] } }).questions).toHaveLength(1);
  expect(after({ turn_failed: { code: "UNAVAILABLE", detail: "gone" } }).end).toMatchObject({ kind: "failed" });
  expect(after({ turn_failed: { code: "CANCELLED" } }).end).toEqual({ kind: "stopped" });
  expect([{ turn_completed: {} }, { turn_failed: {} }, { message: "x" }].map(isLastOfTurn)).toEqual([
    true,
    true,
    false,
  ]);
});
