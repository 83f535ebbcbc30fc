import { describe, expect, test } from "vitest";
import { Status } from "../status.ts";
import { foreignEndOf, metadataOf, readHead, statusOf } from "./response-headers.ts";

test("the peer's metadata are all fields that are not the protocol's", () => {
  const raw = [
    ":status",
    "200",
    "content-type",
    "application/grpc",
    "grpc-encoding",
    "identity",
    "tag",
    "a",
    "tag",
    "b",
    "grpc-status-details-bin",
    "AQ",
  ];
  expect([...metadataOf(raw).entries()]).toEqual([
    ["tag", "a"],
    ["tag", "b"],
    ["grpc-status-details-bin", "AQ"],
  ]);
});

test("a head says what compresses messages; without it, nothing", () => {
  const head = [":status", "200", "content-type", "application/grpc", "grpc-encoding", "gzip", "tag", "a"];
  expect(readHead(head)).toMatchObject({ foreignEnd: undefined, encoding: "gzip", status: undefined });
  expect(readHead([...head.slice(0, 4), "grpc-status", "5"])).toMatchObject({
    encoding: "identity",
    status: { code: 5 },
  });
});

describe("an end with a status of the server", () => {
  test("without grpc-status no end is known", () => {
    expect(statusOf(["grpc-message", "x"])).toBeUndefined();
  });

  test("status, message and trailers", () => {
    const end = statusOf(["grpc-status", "5", "grpc-message", "no%20such%20k%C3%BChe", "tag", "a"]);
    expect(end).toMatchObject({ code: Status.notFound, message: "no such kühe", origin: "server" });
    expect(end?.trailers.get("tag")).toBe("a");
  });

  test("two statuses are no status", () => {
    expect(statusOf(["grpc-status", "0", "grpc-status", "0"])?.code).toBe(Status.unknown);
  });
});

describe("an answer that is not gRPC", () => {
  test.each([
    "application/grpc",
    "application/grpc+proto",
    "Application/GRPC",
    "application/grpc;charset=utf-8",
    "application/grpc+json ; a=b",
  ])("HTTP 200 with content-type %j is one", (contentType) => {
    expect(foreignEndOf(200, contentType, [])).toBeUndefined();
  });

  test.each([
    "application/grpcfoo",
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc+",
    "application/grpc foo",
    "xapplication/grpc",
    "application/json",
    "",
    undefined,
  ])("HTTP 200 with content-type %j is none", (contentType) => {
    expect(foreignEndOf(200, contentType, [])).toMatchObject({ code: Status.unknown, httpStatus: 200 });
  });

  test.each([
    [503, "text/html", Status.unavailable, "the peer answered HTTP 503 with content-type text/html, not gRPC"],
    [404, undefined, Status.unimplemented, "the peer answered HTTP 404 with content-type (none), not gRPC"],
    [200, "text/html", Status.unknown, "the peer answered HTTP 200 with content-type text/html, not gRPC"],
  ])("HTTP %i %s", (http, contentType, code, message) => {
    expect(foreignEndOf(http, contentType, [])).toMatchObject({
      code,
      message,
      origin: "transport",
      processing: "maybe-processed",
    });
  });

  test("its headers are kept: a server that limits its load may name a time there", () => {
    const end = foreignEndOf(429, "text/plain", [":status", "429", "grpc-retry-pushback-ms", "250"]);
    expect(end).toMatchObject({ code: Status.unavailable, httpStatus: 429 });
    expect(end?.trailers.get("grpc-retry-pushback-ms")).toBe("250");
  });
});
