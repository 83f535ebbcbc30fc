import { ErrorInfoSchema, StatusSchema } from "@agent-team/contracts";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { statusName, toConnectError, toStatus } from "./status.ts";

test("what nobody planned is INTERNAL, with the cause kept for the log and hidden from the caller", () => {
  const cause = new TypeError("x is undefined");
  const error = toConnectError(cause);

  expect(error).toMatchObject({ code: Code.Internal, cause });
  expect(toStatus(error)).toMatchObject({ code: 13, details: "internal error" });
});

test("an error of another server passes on its details, and none of that server's headers", () => {
  const info = toBinary(ErrorInfoSchema, create(ErrorInfoSchema, { domain: "agentteam", reason: "RUN_NOT_FOUND" }));
  const error = new ConnectError("no such run", Code.NotFound, { server: "theirs", date: "today" });
  error.isWireError = true;
  error.details = [{ type: "google.rpc.ErrorInfo", value: info }];

  const { metadata } = toStatus(error);
  const details = fromBinary(StatusSchema, metadata.get("grpc-status-details-bin")[0] as Buffer).details;

  expect(Object.keys(metadata.getMap())).toEqual(["grpc-status-details-bin"]);
  expect(details[0] && anyUnpack(details[0], ErrorInfoSchema)).toMatchObject({ reason: "RUN_NOT_FOUND" });
});

test("a code has the name of the specification, an unknown one its number", () => {
  expect(statusName(0)).toBe("OK");
  expect(statusName(5)).toBe("NOT_FOUND");
  expect(statusName(99)).toBe("99");
});
