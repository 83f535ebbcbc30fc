// The bytes of every event stream while its source is silent for long: comments that no client takes for an event, whatever it splits by.

import { type ProcessConversationResponseSchema, RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { MessageInitShape } from "@bufbuild/protobuf";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

type Event = MessageInitShape<typeof ProcessConversationResponseSchema>;

const SILENCE_MS = 15_000;
const runState = (state: RunState) => ({ case: "runStateChanged" as const, value: { state } });

/** A gateway whose turns and runs are silent after their first event, until `goOn`. */
async function start(): Promise<{ gateway: TestGateway; clock: FakeClock; goOn: () => void }> {
  const clock = new FakeClock();
  const held = Promise.withResolvers<void>();
  const gateway = await startTestGateway({
    clock,
    agent: {
      async *processConversation(): AsyncGenerator<Event> {
        yield { sequence: 1, turnId: "t.1", fence: "1-a", message: "half " };
        await held.promise;
        yield { sequence: 2, turnId: "t.1", fence: "1-a", message: "and half" };
        yield { sequence: 3, turnId: "t.1", fence: "1-a", event: { case: "turnCompleted", value: {} } };
      },
      copyConversation: () => ({}),
      deleteConversation: () => ({}),
    },
    engine: {
      async *watchRun() {
        yield { sequence: 1, fence: "f", event: runState(RunState.RUNNING) };
        await held.promise;
        yield { sequence: 2, fence: "f", event: runState(RunState.SUCCEEDED) };
      },
    },
  });
  return { gateway, clock, goOn: held.resolve };
}

/** The text as it comes; `until` resolves when it holds so many comments. */
function readText(response: Response): { until: (comments: number) => Promise<void>; whole: Promise<string> } {
  let text = "";
  const whole = (async () => {
    for await (const part of (response.body ?? expect.fail()).pipeThrough(new TextDecoderStream())) text += part;
    return text;
  })();
  const until = (comments: number): Promise<void> =>
    expect.poll(() => text.split("\n").filter((line) => line === ": ping").length, { interval: 5 }).toBe(comments);
  return { until, whole };
}

const CHAT = { model: "agent-team", messages: [{ role: "user" as const, content: "Hi" }], stream: true as const };

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "accept-encoding": "gzip, br" },
    body: JSON.stringify(body),
  });

test.for<[what: string, ask: (url: string) => Promise<Response>]>([
  ["a message", (url) => post(`${url}/v1/conversations/c/messages`, { message: "Hi" })],
  ["a turn", (url) => fetch(`${url}/v1/turns/t.1/events`, { headers: { "accept-encoding": "gzip, br" } })],
  ["a run", (url) => fetch(`${url}/v1/runs/r/events`, { headers: { "accept-encoding": "gzip, br" } })],
  ["a chat completion", (url) => post(`${url}/v1/chat/completions`, CHAT)],
])("no blank line of the stream of %s is without data before it, and nothing compresses it", async ([, ask]) => {
  const { gateway, clock, goOn } = await start();
  await using _ = gateway;
  const response = await ask(gateway.url);
  const { until, whole } = readText(response);
  for (const comments of [1, 2]) {
    // The comment's own moment begins when the part before it is written.
    await expect.poll(() => clock.pendingTimers, { interval: 5 }).toBeGreaterThan(0);
    await clock.advanceAsync(SILENCE_MS);
    await until(comments);
  }
  goOn();

  const text = await whole;
  expect([response.headers.get("content-encoding"), response.headers.get("x-accel-buffering")]).toEqual([null, "no"]);
  expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
  for (const block of text.split("\n\n").slice(0, -1)) expect(block).toMatch(/^data: /m);
});

test("OpenAI's client reads a silent stream without an empty chunk", async () => {
  const { gateway, clock, goOn } = await start();
  await using _ = gateway;
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", logLevel: "off" });
  const texts: string[] = [];
  for await (const { choices } of await client.chat.completions.create(CHAT)) {
    expect(choices).toHaveLength(1);
    texts.push(choices[0]?.delta.content ?? "(none)");
    if (texts.length !== 2) continue;
    await clock.advanceAsync(SILENCE_MS);
    goOn();
  }
  expect(texts).toEqual(["", "half ", "and half", "(none)"]);
});
