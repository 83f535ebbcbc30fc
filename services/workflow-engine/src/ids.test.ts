import { expect, test } from "vitest";
import { createdId, isId } from "./ids.ts";

test("the same request has the same id, and any other request has another id", () => {
  const ids = [
    createdId("run", "a", "b"),
    createdId("workflow", "a", "b"),
    createdId("run", "ab", ""),
    createdId("run", "", "ab"),
    createdId("run", "a", "bc"),
    createdId("run", "ab", "c"),
  ];

  expect(createdId("run", "a", "b")).toBe(ids[0]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every(isId)).toBe(true);
});

test("without a request id each id is new", () => {
  expect(createdId("run", "a", "")).not.toBe(createdId("run", "a", ""));
});

test.for(["", "a".repeat(25), "a".repeat(27), "A".repeat(26), "a".repeat(25) + "1", "a".repeat(25) + "\n"])(
  "%j is not an id",
  (text) => expect(isId(text)).toBe(false),
);
