import { ProcessConversationResponseSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TURN_TRAIT } from "./turn-resume.ts";

const TURN = { turnId: "t.1", fence: "1-a" };

test("the cursor is that of the last stored event, or of the last one that a truncation keeps, with its fence", () => {
  const stored = create(ProcessConversationResponseSchema, { ...TURN, sequence: 7, message: "Hello" });
  const lost = create(ProcessConversationResponseSchema, {
    ...TURN,
    event: { case: "outputTruncated", value: { keepThroughSequence: 5, reason: "STORE_LOST_EVENTS" } },
  });
  const heartbeat = create(ProcessConversationResponseSchema, {
    turnId: "t.1",
    event: { case: "heartbeat", value: {} },
  });

  expect(TURN_TRAIT.cursor(stored)).toEqual({ ...TURN, sequence: 7 });
  expect(TURN_TRAIT.cursor(lost)).toEqual({ ...TURN, sequence: 5 });
  expect(TURN_TRAIT.cursor(heartbeat)).toBeUndefined();
});
