import { expect, test } from "vitest";
import { formatEventId, parseEventId } from "./event-id.ts";

test("an event id names the turn, the event and its writer", () => {
  const cursor = { turnId: `${"a".repeat(26)}.${"7".repeat(26)}`, sequence: 12, fence: "1-0af3" };
  expect(formatEventId(cursor)).toBe(`${"a".repeat(26)}.${"7".repeat(26)}.12-1-0af3`);
  expect(parseEventId(formatEventId(cursor))).toEqual(cursor);
  expect(parseEventId("t.3-")).toEqual({ turnId: "t", sequence: 3, fence: "" });
});

test.for(["", "12", "t", "t.1", "t.x-1", "t.1-a b", "t.-1-a", "t.1-a\n", `t.${"1".repeat(10)}-a`, ".1-a"])(
  "%j is no event id",
  (text) => expect(parseEventId(text)).toBeUndefined(),
);
