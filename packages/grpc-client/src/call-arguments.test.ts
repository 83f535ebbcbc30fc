import { describe, expect, test } from "vitest";
import { checkCall, checkMessage, checkTimeout } from "./call-arguments.ts";
import type { CallOptions, Method } from "./client-call.ts";
import { Metadata } from "./metadata.ts";

const METHOD: Method = { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: false };

test.each<CallOptions>([
  {},
  { timeoutMs: undefined, waitForReady: undefined, metadata: undefined },
  { timeoutMs: 0 },
  { priority: "critical" },
  { timeoutMs: 0.5, waitForReady: true, metadata: Metadata.empty },
  { timeoutMs: Number.MAX_SAFE_INTEGER },
  { timeoutMs: Number.POSITIVE_INFINITY },
])("%j is fine", (options) => {
  expect(() => checkCall(METHOD, options)).not.toThrow();
});

describe("an invalid value is refused with its name and its range", () => {
  const RANGE = "expected milliseconds from 0 to 9007199254740991, or Infinity for no limit";

  test.each<[unknown, string]>([
    [Number.NaN, "NaN"],
    [-1, "-1"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [1e300, "1e+300"],
    ["250", '"250"'],
    [250n, "250"],
    [null, "null"],
    [{}, "[object Object]"],
  ])("timeoutMs %s", (timeoutMs, shown) => {
    const options = { timeoutMs: timeoutMs as number };
    expect(() => checkCall(METHOD, options)).toThrow(`[invalid_argument] timeoutMs: ${RANGE}, got ${shown}`);
    expect(() => checkTimeout("graceMs", timeoutMs)).toThrow(`[invalid_argument] graceMs: ${RANGE}, got ${shown}`);
  });

  test.each(["", "test.Echo/Say", "/test.Echo", "/test.Echo/", "/a b/C", "/a/b\r\nx: y", "/a/é", undefined])(
    "method.path %j",
    (path) => {
      const method = { ...METHOD, path: path as string };
      const shown = path === undefined ? "undefined" : JSON.stringify(path);
      const message = `[invalid_argument] method.path: expected /package.Service/Method in visible ASCII, got ${shown}`;
      expect(() => checkCall(method, {})).toThrow(message);
      expect(() => checkCall(method, {}), "again").toThrow(message);
      checkCall(METHOD, {});
      expect(() => checkCall(method, {}), "behind a right one").toThrow(message);
    },
  );

  test.each<[keyof CallOptions, unknown, string]>([
    ["waitForReady", "no", 'waitForReady: expected true or false, got "no"'],
    ["inheritsInbound", 1, "inheritsInbound: expected true or false, got 1"],
    ["priority", "urgent", 'priority: expected one of low, normal, high, critical, got "urgent"'],
    ["metadata", { tag: "a" }, "metadata: expected a Metadata of Metadata.from, got [object Object]"],
    ["metadata", null, "metadata: expected a Metadata of Metadata.from, got null"],
  ])("%s %j", (name, value, message) => {
    expect(() => checkCall(METHOD, { [name]: value })).toThrow(`[invalid_argument] ${message}`);
  });

  test.each<[unknown, string]>([
    ["hello", '"hello"'],
    [undefined, "undefined"],
    [new ArrayBuffer(1), "[object ArrayBuffer]"],
    [new Uint16Array(1), "[object Uint16Array]"],
  ])("message %s", (message, shown) => {
    expect(() => checkMessage(message as Uint8Array)).toThrow(
      `[invalid_argument] message: expected a Uint8Array, got ${shown}`,
    );
  });

  test("a long text is cut in the error", () => {
    const path = "x".repeat(10_000);
    expect(() => checkCall({ ...METHOD, path }, {})).toThrow(/got "x{80}…"$/);
  });
});
