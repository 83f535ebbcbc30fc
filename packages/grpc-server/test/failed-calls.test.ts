// A call fails: its caller gets the facts that are for callers, and the log gets the others.
import { BadRequestSchema, StatusSchema, WorkflowEngineService } from "@agent-team/contracts";
import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { anyUnpack, type StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { service } from "../src/index.ts";
import { errorOf, messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

type Text = MessageInitShape<typeof StringValueSchema>;

test("an error keeps its code, its message, its metadata and its details", async () => {
  const unary = (): never => {
    const details = [
      { desc: BadRequestSchema, value: { fieldViolations: [{ field: "name", description: "is empty" }] } },
    ];
    throw new ConnectError("näme is empty ☃", Code.InvalidArgument, { "x-hint": "try a name" }, details);
  };
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);

  const error = await errorOf(client.unary(Echo.method.unary, {}));

  expect(error.code).toBe(status.INVALID_ARGUMENT);
  expect(error.details).toBe("näme is empty ☃");
  expect(error.metadata.get("x-hint")).toEqual(["try a name"]);
  const rpcStatus = fromBinary(StatusSchema, error.metadata.get("grpc-status-details-bin")[0] as Buffer);
  expect(rpcStatus).toMatchObject({ code: 3, message: "näme is empty ☃" });
  const detail = rpcStatus.details[0] === undefined ? undefined : anyUnpack(rpcStatus.details[0], BadRequestSchema);
  expect(detail?.fieldViolations[0]).toMatchObject({ field: "name", description: "is empty" });
});

test("a message that cannot be encoded does not end the server", async () => {
  const unary = (): never => {
    throw new ConnectError("half a pair: \ud800", Code.Aborted);
  };
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);

  expect(await errorOf(client.unary(Echo.method.unary, {}))).toMatchObject({ code: status.ABORTED });
});

test("a defect is INTERNAL without its cause, which is in the log", async () => {
  const unary = (): never => {
    throw new TypeError("secret table users is missing");
  };
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);

  const error = await errorOf(client.unary(Echo.method.unary, {}));

  expect(error).toMatchObject({ code: status.INTERNAL, details: "internal error" });
  expect(server.log).toContainEqual(
    expect.objectContaining({
      level: "error",
      method: "/test.Echo/Unary",
      err: expect.objectContaining({ message: "secret table users is missing" }),
    }),
  );
});

test("a client gets the messages that a stream sent before it failed", async () => {
  async function* serverStream(): AsyncGenerator<Text> {
    yield { value: "a" };
    throw new ConnectError("no more", Code.DataLoss);
  }
  await using server = await serveOnLoopback({ services: [service(Echo, { serverStream })] });
  using client = new TestClient(server.port);

  const messages = messagesOf(client.serverStream(Echo.method.serverStream, {}));

  expect((await nextOf(messages)).value).toBe("a");
  expect(await errorOf(messages.next())).toMatchObject({ code: status.DATA_LOSS, details: "no more" });
});

test("bytes that are not a message are INVALID_ARGUMENT and reach no handler", async () => {
  const unary = vi.fn(() => ({}));
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);

  const error = await errorOf(client.unary(Echo.method.unary, Buffer.from([0x0a, 0xff])));

  expect(error.code).toBe(status.INVALID_ARGUMENT);
  expect(error.details).toContain("google.protobuf.StringValue");
  expect(unary).not.toHaveBeenCalled();
});

test("a request above 4 MiB is RESOURCE_EXHAUSTED, and the connection continues", async () => {
  const unary = ({ value }: { value: string }): Text => ({ value: String(value.length) });
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);

  const error = await errorOf(client.unary(Echo.method.unary, { value: "x".repeat(4 * 1024 * 1024) }));
  expect(error.code).toBe(status.RESOURCE_EXHAUSTED);

  const below = 4 * 1024 * 1024 - 100;
  expect((await client.unary(Echo.method.unary, { value: "x".repeat(below) })).response.value).toBe(String(below));
});

test("a method without a handler and a service that is not served are UNIMPLEMENTED", async () => {
  await using server = await serveOnLoopback({ services: [service(Echo, {})] });
  using client = new TestClient(server.port);

  expect(await errorOf(client.unary(Echo.method.unary, {}))).toMatchObject({ code: status.UNIMPLEMENTED });
  const stream = messagesOf(client.serverStream(Echo.method.serverStream, {}));
  expect(await errorOf(stream.next())).toMatchObject({ code: status.UNIMPLEMENTED });
  const other = client.unary(WorkflowEngineService.method.getWorkflow, {});
  expect(await errorOf(other)).toMatchObject({ code: status.UNIMPLEMENTED });
});
