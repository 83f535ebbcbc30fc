// A server that cannot take a call says so before the call's handler starts, and when to come back.
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { service } from "../src/index.ts";
import { errorOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

/** A handler whose calls last until the test ends them. */
function held(): { unary: () => Promise<{ value: string }>; end: () => void; started: () => number } {
  const released = Promise.withResolvers<void>();
  let started = 0;
  const unary = async (): Promise<{ value: string }> => {
    started++;
    await released.promise;
    return { value: "done" };
  };
  return { unary, end: released.resolve, started: () => started };
}

test("one call more than GRPC_MAX_CALLS reaches no handler, and is asked to come back", async () => {
  const { unary, end, started } = held();
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] }, { GRPC_MAX_CALLS: "1" });
  using client = new TestClient(server.port);
  const first = client.unary(Echo.method.unary, {});
  await vi.waitFor(() => expect(started()).toBe(1));

  const error = await errorOf(client.unary(Echo.method.unary, {}));
  expect([error.code, error.details]).toEqual([
    status.RESOURCE_EXHAUSTED,
    "1 calls are in flight, as many as GRPC_MAX_CALLS allows",
  ]);
  expect(Number(error.metadata.get("grpc-retry-pushback-ms")[0])).toBeGreaterThanOrEqual(50);
  end();
  expect((await first).response.value).toBe("done");
  expect(started()).toBe(1);
});

test("our client repeats such a call, also one that is not idempotent, and it is executed once", async () => {
  const { unary, end, started } = held();
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] }, { GRPC_MAX_CALLS: "1" });
  await using channel = createChannel(`ipv4:127.0.0.1:${server.port}`, { pushbackBeforeHandler: true });
  const retried = new Promise<void>((resolve) => channel.on(({ type }) => type === "call-retried" && resolve()));
  const client = createClient(Echo, createConnectTransport(channel));
  const first = client.unary({});
  await vi.waitFor(() => expect(started()).toBe(1));

  const second = client.unary({});
  await retried;
  end();
  expect([(await first).value, (await second).value, started()]).toEqual(["done", "done", 2]);
});

test("a handler cannot push back: a call that began is not repeated for it", async () => {
  const unary = (): never => {
    throw new ConnectError("later", Code.Unavailable, { "grpc-retry-pushback-ms": "0" });
  };
  await using server = await serveOnLoopback({ services: [service(Echo, { unary })] });
  using client = new TestClient(server.port);
  expect((await errorOf(client.unary(Echo.method.unary, {}))).metadata.get("grpc-retry-pushback-ms")).toEqual([]);
});
