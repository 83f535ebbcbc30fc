import { describe, expect, test } from "vitest";
import { Metadata } from "./metadata.ts";
import { classify, kindOf } from "./outcome.ts";
import { Status, type StatusCode } from "./status.ts";
import type { StreamEnd } from "./stream.ts";

const server = (code: StatusCode): StreamEnd => ({
  code,
  message: "",
  trailers: Metadata.empty,
  origin: "server",
  processing: "maybe-processed",
});
const transport = (processing: StreamEnd["processing"]): StreamEnd => ({
  ...server(Status.unavailable),
  origin: "transport",
  processing,
});
const local: StreamEnd = { ...server(Status.cancelled), origin: "local" };

describe("the progress of an attempt", () => {
  test("OK from the server is completed, also after messages were delivered", () => {
    expect(classify(server(Status.ok), false)).toBe("completed");
    expect(classify(server(Status.ok), true)).toBe("completed");
  });

  test("another status is rejected before a part of the response was delivered", () => {
    expect(classify(server(Status.notFound), false)).toBe("rejected");
  });

  test("any end after a part of the response was delivered is committed", () => {
    expect(classify(server(Status.unavailable), true)).toBe("committed");
    expect(classify(transport("refused"), true)).toBe("committed");
  });

  test.each(["not-sent", "refused", "maybe-processed"] as const)("%s is taken from the transport", (processing) => {
    expect(classify(transport(processing), false)).toBe(processing);
  });
});

const TIMES = { ttfbMs: undefined, durationMs: 1_000, timerLateMs: 0, blamelessMs: 1_000 };

describe("the failures that count against the endpoint", () => {
  test.each([
    ["ok", "success"],
    ["invalidArgument", "success"],
    ["notFound", "success"],
    ["unauthenticated", "success"],
    ["cancelled", "success"],
    ["unavailable", "failure"],
    ["internal", "failure"],
    ["unknown", "failure"],
    ["resourceExhausted", "failure"],
    ["dataLoss", "failure"],
    ["unimplemented", "ignorable"],
  ] as const)("%s from the server is a %s", (code, kind) => {
    expect(kindOf(server(Status[code]), TIMES)).toBe(kind);
  });

  test("a lost connection counts, a refusal and the caller's cancellation do not", () => {
    expect(kindOf(transport("maybe-processed"), TIMES)).toBe("failure");
    expect(kindOf(transport("refused"), TIMES)).toBe("ignorable");
    expect(kindOf(local, TIMES)).toBe("ignorable");
  });

  test.each([
    ["that passed without a byte after a long time", {}, "failure"],
    ["shorter than the fleet's slow responses take", { durationMs: 999 }, "ignorable"],
    ["that passed after the first bytes", { ttfbMs: 10 }, "ignorable"],
    ["whose timer this process held up", { timerLateMs: 101 }, "ignorable"],
  ] as const)("a deadline %s is %s", (_, times, kind) => {
    const ends: StreamEnd[] = [{ ...local, code: Status.deadlineExceeded }, server(Status.deadlineExceeded)];
    for (const end of ends) expect(kindOf(end, { ...TIMES, ...times })).toBe(kind);
  });
});
