import { expect, test, vi } from "vitest";
import { ChannelError, isChannelError } from "./errors.ts";
import { Status } from "./status.ts";

test("the message starts with the code", () => {
  const error = new ChannelError(Status.unavailable, "no route");
  expect(error.message).toBe("[unavailable] no route");
  expect(error.rawMessage).toBe("no route");
  expect(error.maybeProcessed).toBe(false);
});

test("a ChannelError is returned unchanged", () => {
  const error = new ChannelError(Status.aborted, "again");
  expect(ChannelError.from(error)).toBe(error);
});

test("an abort becomes cancelled, any other error unknown, and the cause is kept", () => {
  const abort = new DOMException("stop", "AbortError");
  expect(ChannelError.from(abort)).toMatchObject({ code: Status.cancelled, cause: abort });
  const other = new TypeError("not a function");
  expect(ChannelError.from(other)).toMatchObject({ code: Status.unknown, rawMessage: "not a function", cause: other });
  expect(ChannelError.from("text")).toMatchObject({ code: Status.unknown, rawMessage: "text" });
});

test("an error of another copy of the package is recognized by its brand", async () => {
  vi.resetModules();
  const copy = await import("./errors.ts");
  const error = new copy.ChannelError(Status.internal, "from elsewhere");
  expect(error).not.toBeInstanceOf(ChannelError);
  expect(isChannelError(error)).toBe(true);
  expect(isChannelError(new Error("plain"))).toBe(false);
  expect(isChannelError(null)).toBe(false);
});
