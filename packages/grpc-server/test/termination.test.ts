// ECS sends SIGTERM while discovery still lists the task: no call breaks, GOAWAY comes when discovery has changed, late calls
// are served, and the process ends in time.

import { once } from "node:events";
import { connect } from "node:net";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { errorOf, messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { Program } from "./program.ts";
import { RawClient, statusOf } from "./raw-client.ts";

const { unary, serverStream } = Echo.method;

/** Never passes in a test, so that another event has to end each wait. */
const NEVER_MS = "3600000";

test("an open stream ends whole, late connections are served, then the process exits 0", async () => {
  await using program = new Program({ LAME_DUCK_MS: "1500", LAME_DUCK_QUIET_MS: "500", STOP_TIMEOUT_MS: NEVER_MS });
  const { grpc, side } = await program.ports();
  using early = new TestClient(grpc);
  const stream = messagesOf(early.serverStream(serverStream, { value: "the end" }));
  expect((await nextOf(stream)).value).toBe("started");

  program.signal("SIGTERM");
  await program.logged("draining");

  expect((await fetch(`http://127.0.0.1:${side}/readyz`)).status).toBe(503);
  expect((await fetch(`http://127.0.0.1:${side}/livez`)).status).toBe(200);
  using late = new TestClient(grpc);
  expect((await late.unary(Health.method.check, {})).response.status).toBe(Serving.NOT_SERVING);
  expect((await late.unary(unary, { value: "late" })).response.value).toBe("late");
  expect((await early.unary(unary, { value: "while it drains" })).response.value).toBe("while it drains");

  await late.unary(unary, { value: "release" });
  expect((await nextOf(stream)).value).toBe("the end");
  expect((await stream.next()).done).toBe(true);
  expect(await program.exited).toBe(0);
});

test("GOAWAY comes after the lame-duck time, and on a later connection a second after its start", async () => {
  await using program = new Program({ LAME_DUCK_MS: "1000", LAME_DUCK_QUIET_MS: "3000", STOP_TIMEOUT_MS: NEVER_MS });
  const { grpc } = await program.ports();
  using early = new RawClient(grpc);
  await early.call("/test.Echo/Unary");

  const signalMs = systemClock.now();
  program.signal("SIGTERM");
  await once(early.session, "goaway");
  expect(systemClock.now() - signalMs).toBeGreaterThanOrEqual(990);

  const connectMs = systemClock.now();
  using late = new RawClient(grpc);
  expect(statusOf(await late.call("/test.Echo/Unary"))).toBe(status.OK);
  await once(late.session, "goaway");
  expect(systemClock.now() - connectMs).toBeGreaterThanOrEqual(990);
  expect(await program.exited).toBe(0);
});

test("with a lame-duck time of 0 open calls still have half of the stop timeout", async () => {
  await using program = new Program({ LAME_DUCK_MS: "0", STOP_TIMEOUT_MS: "2000" });
  const { grpc } = await program.ports();
  using client = new TestClient(grpc);
  const stream = messagesOf(client.serverStream(serverStream, { value: "never sent" }));
  await nextOf(stream);

  program.signal("SIGINT");

  // The stream is never released: at half of the stop timeout it ends with a reason, and the process ends.
  expect(await errorOf(stream.next())).toMatchObject({ code: status.UNAVAILABLE, details: "draining" });
  expect(await program.exited).toBe(0);
});

test("a second signal ends calls at once and exits 0", async () => {
  await using program = new Program({ LAME_DUCK_MS: NEVER_MS, STOP_TIMEOUT_MS: "86400000" });
  const { grpc } = await program.ports();
  using client = new TestClient(grpc);
  const stream = messagesOf(client.serverStream(serverStream, {}));
  await nextOf(stream);

  program.signal("SIGTERM");
  await program.logged("draining");
  program.signal("SIGTERM");

  expect(await errorOf(stream.next())).toMatchObject({ code: status.UNAVAILABLE, details: "draining" });
  expect(await program.exited).toBe(0);
});

test("a client that only keeps its connection open does not delay the exit", async () => {
  await using program = new Program({ LAME_DUCK_MS: "0", STOP_TIMEOUT_MS: NEVER_MS });
  const { grpc } = await program.ports();
  using client = new TestClient(grpc);
  await client.unary(unary, {});
  const silent = connect(grpc, "127.0.0.1");
  await once(silent, "connect");
  silent.on("error", () => {}); // the server may reset the connection
  // after a round trip on a later connection the server has accepted the silent one, too
  using other = new TestClient(grpc);
  await other.unary(unary, {});

  program.signal("SIGTERM");

  expect(await program.exited).toBe(0);
  silent.destroy();
});

test("the process waits for the handover", async () => {
  await using program = new Program({ LAME_DUCK_MS: "0", STOP_TIMEOUT_MS: NEVER_MS, HANDOVER_MS: "300" });
  await program.ports();
  const startedMs = systemClock.now();
  program.signal("SIGTERM");

  expect(await program.exited).toBe(0);
  expect(systemClock.now() - startedMs).toBeGreaterThanOrEqual(290);
});

test("a handover that never ends does not delay the exit beyond the stop timeout", async () => {
  await using program = new Program({ LAME_DUCK_MS: "0", STOP_TIMEOUT_MS: "400", HANDOVER_MS: "60000" });
  await program.ports();
  program.signal("SIGTERM");

  expect(await program.exited).toBe(0);
});
