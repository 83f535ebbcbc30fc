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

describe("how far an attempt got", () => {
  test("OK from the server is completed, also after the caller has seen messages", () => {
    expect(classify(server(Status.ok), false)).toBe("completed");
    expect(classify(server(Status.ok), true)).toBe("completed");
  });

  test("another status is rejected while the caller has seen nothing", () => {
    expect(classify(server(Status.notFound), false)).toBe("rejected");
  });

  test("whatever ends it after the caller has seen something, it is committed", () => {
    expect(classify(server(Status.unavailable), true)).toBe("committed");
    expect(classify(transport("refused"), true)).toBe("committed");
  });

  test.each(["not-sent", "refused", "maybe-processed"] as const)(
    "a transport that says %s is believed",
    (processing) => {
      expect(classify(transport(processing), false)).toBe(processing);
    },
  );
});

describe("what the endpoint is held responsible for", () => {
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
    ["deadlineExceeded", "failure"],
    ["unimplemented", "ignorable"],
  ] as const)("%s from the server is a %s", (code, kind) => {
    expect(kindOf(server(Status[code]))).toBe(kind);
  });

  test("a lost connection is a failure, a refusal and the caller's own change of mind are not", () => {
    expect(kindOf(transport("maybe-processed"))).toBe("failure");
    expect(kindOf(transport("refused"))).toBe("ignorable");
    expect(kindOf(local)).toBe("ignorable");
  });
});
