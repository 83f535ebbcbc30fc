// A gateway stops while requests are in flight: they are completed, and new connections go elsewhere.

import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { HandlerContext } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { emptyStream, readEvents, readStream } from "./sse-reader.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const LAME_DUCK_MS = 13_000;
const QUIET_MS = 5_000;
const ABORT_MS = 25_000;

test("a draining gateway is not ready, serves through the lame-duck time, and lets a stream end", async () => {
  const clock = new FakeClock();
  const turn = new HeldTurn();
  await using gateway = await startTestGateway({ clock, agent: turn.agent });
  expect(await readiness(gateway)).toBe(200);
  const response = await say(gateway);

  const stopped = gateway.stop();
  expect(await readiness(gateway)).toBe(503);
  const early = await fetch(`${gateway.url}/health`);
  expect([early.status, early.headers.get("connection")]).toEqual([200, "keep-alive"]);

  await clock.advanceAsync(LAME_DUCK_MS);
  const late = await fetch(`${gateway.url}/health`);
  expect([late.status, late.headers.get("connection")]).toEqual([200, "close"]);

  await clock.advanceAsync(QUIET_MS);
  await expect(fetch(`${gateway.url}/health`)).rejects.toThrow();
  turn.finish();
  expect((await readStream(response)).events.map(({ type }) => type)).toEqual(["message", "turn_completed"]);
  await stopped;
  expect(clock.pendingTimers).toBe(0);
});

test("a stream that outlives the stop timeout breaks, so that its client reconnects to another gateway", async () => {
  const clock = new FakeClock();
  const turn = new HeldTurn();
  await using gateway = await startTestGateway({ clock, agent: turn.agent });
  const response = await say(gateway);
  const received = emptyStream();
  const events = readEvents(response, received);
  await events.next();

  const stopped = gateway.stop();
  await clock.advanceAsync(LAME_DUCK_MS);
  await clock.advanceAsync(ABORT_MS - LAME_DUCK_MS);
  await expect(events.next()).rejects.toThrow();
  await stopped;
  expect(linesOfStop(gateway)).toEqual([["info", 1]]);
});

test("a stop that breaks many streams is one line", async () => {
  const clock = new FakeClock();
  const turns = Array.from({ length: 20 }, () => new HeldTurn());
  const held = turns.values();
  const processConversation = () => (held.next().value ?? expect.fail("more turns")).agent.processConversation();
  await using gateway = await startTestGateway({ clock, agent: { processConversation } });
  const responses = await Promise.all(turns.map(() => say(gateway)));

  const stopped = gateway.stop();
  await clock.advanceAsync(LAME_DUCK_MS);
  await clock.advanceAsync(ABORT_MS - LAME_DUCK_MS);
  await Promise.all(responses.map((response) => expect(response.text()).rejects.toThrow()));
  await stopped;
  expect(linesOfStop(gateway)).toEqual([["info", 20]]);
  expect(gateway.log.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
});

const EVENTS_OF = (path: string) => (gateway: TestGateway) => fetch(`${gateway.url}/v1/${path}/events`);

test.for([
  ["a turn", EVENTS_OF("turns/t.1"), 200],
  ["a run", EVENTS_OF("runs/r"), 200],
  ["a message", say, 503],
] as const)("events of %s that have not begun when the gateway stops are asked for again", async ([, ask, status]) => {
  const called = Promise.withResolvers<void>();
  async function* nothing(_: unknown, { signal }: Pick<HandlerContext, "signal">): AsyncGenerator<never> {
    called.resolve();
    await once(signal, "abort");
    yield Promise.reject(signal.reason);
  }
  await using gateway = await startTestGateway({
    agent: { processConversation: nothing },
    engine: { watchRun: nothing },
  });
  const answer = ask(gateway);
  await called.promise;
  const hurry = new AbortController();
  const stopped = gateway.stop(hurry.signal);
  hurry.abort();
  expect((await answer).status).toBe(status); // 200: a stream that breaks, after which an EventSource asks again
  await stopped;
  expect(linesOfStop(gateway)).toEqual([["info", 1]]);
  expect(gateway.log.filter(({ level }) => level === "warn")).toEqual([]);
});

test("an idle connection does not delay the stop", async () => {
  const clock = new FakeClock();
  await using gateway = await startTestGateway({ clock });
  const agent = new Agent({ keepAlive: true });
  const [response] = (await once(get(`${gateway.url}/health`, { agent }), "response")) as [IncomingMessage];
  await once(response.resume(), "end");

  const stopped = gateway.stop();
  await clock.advanceAsync(LAME_DUCK_MS + QUIET_MS);
  await stopped;
  agent.destroy();
});

/** A turn that waits after its first event until `finish()`. */
class HeldTurn {
  readonly #held = Promise.withResolvers<void>();
  readonly agent = { processConversation: () => this.#events() };

  finish(): void {
    this.#held.resolve();
  }

  async *#events() {
    yield { sequence: 1, fence: "f", message: "half" };
    await this.#held.promise;
    yield { sequence: 2, fence: "f", event: { case: "turnCompleted" as const, value: {} } };
  }
}

function say(gateway: TestGateway): Promise<Response> {
  return fetch(`${gateway.url}/v1/conversations/c/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"message":"Hi"}',
  });
}

/** Of the lines about what a stop has broken off. */
function linesOfStop({ log }: TestGateway): readonly unknown[] {
  return log.filter(({ msg }) => /broke off/.test(String(msg))).map(({ level, requests }) => [level, requests]);
}

async function readiness(gateway: TestGateway): Promise<number> {
  const response = await fetch(`${gateway.healthUrl}/readyz`, { headers: { connection: "close" } });
  await response.body?.cancel();
  return response.status;
}
