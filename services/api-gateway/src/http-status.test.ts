import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { httpStatus } from "./http-status.ts";

test.each([
  ["INVALID_ARGUMENT", Code.InvalidArgument, 400],
  ["OUT_OF_RANGE", Code.OutOfRange, 400],
  ["UNAUTHENTICATED", Code.Unauthenticated, 401],
  ["PERMISSION_DENIED", Code.PermissionDenied, 403],
  ["NOT_FOUND", Code.NotFound, 404],
  ["FAILED_PRECONDITION", Code.FailedPrecondition, 409],
  ["ABORTED", Code.Aborted, 409],
  ["ALREADY_EXISTS", Code.AlreadyExists, 409],
  ["RESOURCE_EXHAUSTED", Code.ResourceExhausted, 429],
  ["CANCELLED", Code.Canceled, 499],
  ["UNIMPLEMENTED", Code.Unimplemented, 501],
  ["UNAVAILABLE", Code.Unavailable, 503],
  ["DEADLINE_EXCEEDED", Code.DeadlineExceeded, 504],
  ["INTERNAL", Code.Internal, 500],
  ["UNKNOWN", Code.Unknown, 500],
  ["DATA_LOSS", Code.DataLoss, 500],
])("%s (%d) becomes %d", (name, code, status) => {
  expect(httpStatus(code)).toEqual({ name, status });
});

test("a well-formed request that cannot be carried out is 422", () => {
  expect(httpStatus(Code.InvalidArgument, "WORKFLOW_INVALID").status).toBe(422);
  expect(httpStatus(Code.InvalidArgument, "REQUEST_ID_REUSED").status).toBe(422);
  expect(httpStatus(Code.InvalidArgument, "BAD_CURSOR").status).toBe(400);
  expect(httpStatus(Code.NotFound, "WORKFLOW_INVALID").status).toBe(404);
});
