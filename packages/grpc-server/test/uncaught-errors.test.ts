// A timer, a promise or a listener of a handler fails outside its call: other calls end whole, then the process exits 1.
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@agent-team/contracts";
import { expect, test } from "vitest";
import { messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { Program } from "./program.ts";

const { unary, serverStream } = Echo.method;
const MESSAGE = "an error was not caught: the process stops";

/** A drain that ends at a second signal, and by itself never within a test. */
const TIMES = { LAME_DUCK_MS: "3600000", STOP_TIMEOUT_MS: "86400000" };

test.for([
  ["timer", "uncaughtException"],
  ["promise", "unhandledRejection"],
  ["listener", "uncaughtException"],
] as const)("an error in a handler's %s drains the server, and the process exits 1", async ([kind, origin]) => {
  await using program = new Program(TIMES);
  const { grpc, side } = await program.ports();
  using client = new TestClient(grpc);
  const stream = messagesOf(client.serverStream(serverStream, { value: "the end" }));
  expect((await nextOf(stream)).value).toBe("started");

  expect((await client.unary(unary, { value: kind })).response.value).toBe(kind);

  expect(await program.logged(MESSAGE)).toMatchObject({ level: "fatal", origin, err: { message: `in a ${kind}` } });
  await program.logged("draining");
  expect((await fetch(`http://127.0.0.1:${side}/readyz`)).status).toBe(503);
  using late = new TestClient(grpc);
  expect((await late.unary(Health.method.check, {})).response.status).toBe(Serving.NOT_SERVING);
  await late.unary(unary, { value: "release" });
  expect((await nextOf(stream)).value).toBe("the end");
  expect((await stream.next()).done).toBe(true);
  program.signal("SIGTERM");
  expect(await program.exited).toBe(1);
});

test("a thousand errors are ten log lines, and do not cut the drain short", async () => {
  await using program = new Program(TIMES);
  const { grpc } = await program.ports();
  using client = new TestClient(grpc);
  const stream = messagesOf(client.serverStream(serverStream, { value: "the end" }));
  await nextOf(stream);

  await client.unary(unary, { value: "storm" });
  await program.logged("draining");
  await client.unary(unary, { value: "release" });

  expect((await nextOf(stream)).value).toBe("the end");
  program.signal("SIGTERM");
  expect(await program.exited).toBe(1);
  expect(program.log.filter(({ msg }) => msg === MESSAGE)).toHaveLength(10);
});

test("an uncaught error during a drain changes the exit code to 1", async () => {
  await using program = new Program(TIMES);
  const { grpc } = await program.ports();
  using client = new TestClient(grpc);
  program.signal("SIGTERM");
  await program.logged("draining");
  await client.unary(unary, { value: "timer" });
  await program.logged(MESSAGE);
  program.signal("SIGTERM");

  expect(await program.exited).toBe(1);
});
