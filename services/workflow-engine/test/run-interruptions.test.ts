// A run that is interrupted: by its time limits, by its owner, and by its store.
import { RunState } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createJournal } from "@agent-team/journal";
import { InProcessJournal, serveJournal } from "@agent-team/journal/host";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect, onTestFinished, test, vi } from "vitest";
import { engineOnLoopback } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { create, ended, idOf, statesOf } from "./running.ts";
import { fetching, manual, specOf, transform } from "./specs.ts";

test("a node ends at its timeout, and a run at its own", async () => {
  const clock = new FakeClock();
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const engine = await engineOnLoopback({ clock, allowHosts: server.authority });
  const slow = fetching("slow", { url: server.url });
  const limited = specOf([manual(), { ...slow, timeout: durationFromMs(5000) }], ["start -> slow"]);
  const whole = {
    ...specOf([manual(), { ...slow, timeout: durationFromMs(600_000) }], ["start -> slow"]),
    runTimeout: durationFromMs(9000),
  };

  const nodeRun = await engine.startRun({ workflowId: await create(engine, limited) });
  const wholeRun = await engine.startRun({ workflowId: await create(engine, whole) });
  await vi.waitUntil(() => server.seen.length === 2);
  clock.advance(5000);

  expect(await ended(engine, nodeRun.run)).toMatchObject({ state: RunState.FAILED, error: { code: "TIMEOUT" } });
  expect((await engine.getRun({ runId: idOf(wholeRun.run) })).run?.state).toBe(RunState.RUNNING);
  clock.advance(4000);
  const done = await ended(engine, wholeRun.run);
  expect(done).toMatchObject({ state: RunState.TIMED_OUT, error: { code: "RUN_TIMEOUT" } });
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", slow: "CANCELED" });
  expect(clock.pendingTimers).toBe(0);
});

test("cancelling a run aborts its request, and cancelling it again changes nothing", async () => {
  const closed = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({ "/": (request) => void request.socket.once("close", closed.resolve) });
  const engine = await engineOnLoopback({ allowHosts: server.authority });
  const spec = specOf([manual(), fetching("slow", { url: server.url })], ["start -> slow"]);
  const started = await engine.startRun({ workflowId: await create(engine, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await engine.cancelRun({ runId: idOf(started.run), reason: "wrong one" });
  await closed.promise;
  const done = await ended(engine, started.run);

  expect(done).toMatchObject({ state: RunState.CANCELED, error: { code: "CANCELED", message: "wrong one" } });
  expect((await engine.cancelRun({ runId: idOf(started.run) })).run).toEqual(done);
});

test("a cancellation through another instance takes effect before the next step", async () => {
  const journal = new InProcessJournal();
  const answer = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void answer.promise.then(() => json("ok")(request, response)),
  });
  const driving = await engineOnLoopback({ journal, allowHosts: server.authority });
  const other = await engineOnLoopback({ journal });
  const spec = specOf(
    [manual(), fetching("slow", { url: server.url }), transform("next", "1")],
    ["start -> slow", "slow -> next"],
  );
  const started = await driving.startRun({ workflowId: await create(driving, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await other.cancelRun({ runId: idOf(started.run) });
  answer.resolve();
  const done = await ended(other, started.run);

  expect(done.state).toBe(RunState.CANCELED);
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", slow: "SUCCEEDED" });
});

test("a run continues after its store restarts", async () => {
  const store = new InProcessJournal();
  const first = await serveJournal({ journal: store });
  const journal = await createJournal({
    url: first.url,
    clock: systemClock,
    random: systemRandom,
    requestTimeoutMs: 1000,
  });
  onTestFinished(() => journal.close());
  const answer = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void answer.promise.then(() => json("ok")(request, response)),
  });
  const engine = await engineOnLoopback({ journal, allowHosts: server.authority });
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const started = await engine.startRun({ workflowId: await create(engine, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await first.close();
  answer.resolve();
  await vi.waitUntil(() => !journal.isReady);
  expect(await errorOf(engine.getRun({ runId: idOf(started.run) }))).toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await using _second = await serveJournal({ journal: store, port: first.port });
  await vi.waitUntil(() => journal.isReady);

  expect(await ended(engine, started.run)).toMatchObject({ state: RunState.SUCCEEDED });
  expect(server.seen).toHaveLength(1);
});
