import { describe, expect, test } from "vitest";
import { parseStatus, Status, statusFromHttp, statusFromReset, statusName } from "./status.ts";

describe("a grpc-status value", () => {
  test.each(Object.values(Status))("%i is read as itself", (code) => {
    expect(parseStatus(String(code))).toBe(code);
  });

  test("leading zeros are digits", () => {
    expect(parseStatus("00")).toBe(Status.ok);
    expect(parseStatus("014")).toBe(Status.unavailable);
  });

  test.each([
    "",
    "17",
    "99999999999999999999",
    "-1",
    "-0",
    "+0",
    "0x0",
    "0.0",
    "1.5",
    "1e1",
    "1_0",
    " 0",
    "0 ",
    "0,0",
    "OK",
    "NaN",
    "０",
  ])("%j is unknown", (value) => {
    expect(parseStatus(value)).toBe(Status.unknown);
  });
});

test("each code has the name that the specification gives it", () => {
  const names = Object.values(Status).map(statusName);
  expect(names.slice(0, 5)).toEqual(["ok", "cancelled", "unknown", "invalid_argument", "deadline_exceeded"]);
  expect(statusName(Status.unavailable)).toBe("unavailable");
  expect(statusName(Status.unauthenticated)).toBe("unauthenticated");
  expect(new Set(names).size).toBe(17);
});

test.each([
  [400, Status.internal],
  [401, Status.unauthenticated],
  [403, Status.permissionDenied],
  [404, Status.unimplemented],
  [429, Status.unavailable],
  [502, Status.unavailable],
  [503, Status.unavailable],
  [504, Status.unavailable],
  [200, Status.unknown],
  [500, Status.unknown],
])("HTTP %i without grpc-status is code %i", (http, code) => {
  expect(statusFromHttp(http)).toBe(code);
});

test.each([
  [0x0, Status.internal],
  [0x7, Status.unavailable],
  [0x8, Status.cancelled],
  [0xb, Status.resourceExhausted],
  [0xc, Status.permissionDenied],
  [0x1, Status.internal],
  [0x2, Status.internal],
])("RST_STREAM with error code %i is code %i", (reset, code) => {
  expect(statusFromReset(reset)).toBe(code);
});
