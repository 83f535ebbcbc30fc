import { ErrorInfoSchema, RetryInfoSchema } from "@agent-team/contracts";
import { ChannelError, Status } from "@agent-team/grpc-client";
import { create, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { type Failure, toFailure } from "./failure.ts";

const failureOf = (thrown: unknown): Failure => toFailure(thrown, () => "id-1");

test("an error that is not a ConnectError is INTERNAL: the log has it, the caller does not", () => {
  const cause = new TypeError("x is undefined");

  expect(failureOf(cause)).toMatchObject({
    code: Code.Internal,
    message: "internal error",
    reason: { cause },
    report: { kind: "defect", thrown: cause },
  });
});

const throwing = (key: string): ConnectError =>
  Object.defineProperty(new ConnectError("x", Code.NotFound), key, {
    get() {
      throw new Error("a getter");
    },
  });

test.for([
  ["nothing", undefined],
  ["null", null],
  ["a symbol", Symbol("x")],
  ["a text", "x"],
  ["a function", () => {}],
  ["an object without a prototype", Object.create(null)],
  [
    "a proxy that throws",
    new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error("a trap");
        },
      },
    ),
  ],
  ["an error whose code throws", throwing("code")],
  ["an error whose message throws", throwing("rawMessage")],
  ["an error whose details throw", throwing("details")],
  ["an error whose metadata throws", throwing("metadata")],
  ["an error whose cause throws", throwing("cause")],
  ["an error without metadata", Object.assign(new ConnectError("x"), { metadata: 1 })],
  ["an error of the code OK", new ConnectError("x", 0 as Code)],
  ["an error of an unknown code", new ConnectError("x", 99 as Code)],
] as const)("%s is a defect, and is reported as one", ([, thrown]) => {
  expect(failureOf(thrown)).toMatchObject({
    code: Code.Internal,
    message: "internal error",
    report: { kind: "defect" },
  });
});

test("a detail that cannot be encoded is omitted, and the others stay", () => {
  const info = { desc: ErrorInfoSchema, value: { domain: "agentteam", reason: "GOOD" } };
  const broken = { desc: RetryInfoSchema, value: { retryDelay: { seconds: "soon" as unknown as bigint } } };
  const { code, details, omitted } = failureOf(new ConnectError("x", Code.NotFound, undefined, [broken, info]));

  expect([code, details.length, omitted]).toEqual([Code.NotFound, 1, ["grpc-status-details-bin"]]);
});

/** An error as our transport throws it. */
function channelError(message: string, details: ConnectError["details"] = []): ConnectError {
  const cause = new ChannelError(Status.unavailable, message);
  return Object.assign(new ConnectError(message, Code.Unavailable, { server: "theirs" }, undefined, cause), {
    details,
  });
}

test("a channel's message may have addresses: the caller gets an id instead", () => {
  const thrown = channelError("no ready endpoint for workflow-engine (last error ECONNREFUSED 10.0.10.7:50050)");
  const failure = failureOf(thrown);
  const info = failure.details[0] && anyUnpack(failure.details[0], ErrorInfoSchema);

  expect(failure).toMatchObject({
    code: Code.Unavailable,
    message: "a service that this one calls has failed (id-1 in the log)",
    metadata: undefined,
    report: { kind: "upstream", id: "id-1", thrown },
  });
  expect(info).toMatchObject({ domain: "agentteam", reason: "DEPENDENCY_FAILED", metadata: { id: "id-1" } });
});

test("an error that another service wrote for callers is passed on, without that server's headers", () => {
  const value = toBinary(ErrorInfoSchema, create(ErrorInfoSchema, { domain: "agentteam", reason: "RUN_NOT_FOUND" }));
  const failure = failureOf(channelError("no such run", [{ type: "google.rpc.ErrorInfo", value }]));

  expect(failure).toMatchObject({ message: "no such run", metadata: undefined, report: undefined });
  expect(failure.details[0] && anyUnpack(failure.details[0], ErrorInfoSchema)).toMatchObject({
    reason: "RUN_NOT_FOUND",
  });
});

test("an error that another client received loses its server's headers, too", () => {
  const thrown = Object.assign(new ConnectError("x", Code.NotFound, { server: "theirs" }), { isWireError: true });

  expect(failureOf(thrown)).toMatchObject({ message: "x", metadata: undefined, report: undefined });
});
