import { expect, test } from "vitest";
import { takes } from "./event-pattern.ts";

const EVENT = { source: "aws.ecs", resources: ["arn:one", "arn:two"], detail: { eventName: "FAILED" } };

test("each field of a pattern has to be met, by one of its entries and one of the event's values", () => {
  expect(takes({ source: ["aws.ec2", "aws.ecs"], detail: { eventName: ["FAILED"] } }, EVENT)).toBe(true);
  expect(takes({ source: ["aws.ecs"], detail: { eventName: ["COMPLETED"] } }, EVENT)).toBe(false);
  expect(takes({ resources: ["arn:two"] }, EVENT)).toBe(true);
  expect(takes({ resources: [{ prefix: "arn:" }] }, EVENT)).toBe(true);
  expect(takes({ resources: [{ prefix: "two" }] }, EVENT)).toBe(false);
});

test("a field that the event lacks is met by nothing", () => {
  expect(takes({ region: ["us-east-1"] }, EVENT)).toBe(false);
  expect(takes({ source: { name: ["aws.ecs"] } }, EVENT)).toBe(false);
});

test("an entry that is not known here is not guessed at", () => {
  expect(() => takes({ source: [{ suffix: "ecs" }] }, EVENT)).toThrow(/\{"suffix":"ecs"\} is not known here/);
  expect(() => takes({ source: "aws.ecs" }, EVENT)).toThrow(/expected a list or an object/);
});
