// Bodies that a real server writes behind the head of a response, read by a real client.

import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test, vi } from "vitest";
import type { StreamedBody } from "../streamed-body.ts";
import { BodyWriter } from "./body-writer.ts";
import { Silences } from "./silences.ts";

const FILLER = ": ping\n";

/** Says each part when it is told to. */
class TestBody implements StreamedBody {
  asked = 0;
  rests = 0;
  hasLeft = false;
  readonly #parts: (() => string | undefined)[] = [];
  #wake = Promise.withResolvers<void>();

  say(part: string): void {
    this.#add(() => part);
  }

  end(): void {
    this.#add(() => undefined);
  }

  fail(): void {
    this.#add(() => {
      throw new Error("10.0.10.7 is lost");
    });
  }

  async next(): Promise<string | undefined> {
    this.asked += 1;
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) return part();
      await this.#wake.promise;
    }
  }

  rest(): void {
    this.rests += 1;
  }

  leave(): void {
    this.hasLeft = true;
  }

  #add(part: () => string | undefined): void {
    this.#parts.push(part);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

interface Answer extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly outgoing: ServerResponse;
  readonly response: IncomingMessage;
  /** What the client has read so far. */
  readonly text: () => string;
}

/** `reads`: whether the client reads what comes. */
async function answer(body: StreamedBody, { reads = true } = {}): Promise<Answer> {
  const clock = new FakeClock();
  const watches = { silences: new Silences(clock, 15_000), standstills: new Silences(clock, 2_000) };
  const asked = Promise.withResolvers<ServerResponse>();
  const server = createServer((_, outgoing) => {
    asked.resolve(outgoing);
    outgoing.writeHead(200);
    outgoing.flushHeaders();
    void new BodyWriter({ body, filler: FILLER }, outgoing, watches).write();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const request = get({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", agent: false });
  request.on("error", () => {}); // its connection may break
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.on("error", () => {});
  let text = "";
  if (reads) response.setEncoding("utf8").on("data", (part: string) => (text += part));
  return {
    clock,
    outgoing: await asked.promise,
    response,
    text: () => text,
    async [Symbol.asyncDispose]() {
      response.destroy();
      await vi.waitUntil(() => clock.pendingTimers === 0);
      server.close();
      await once(server, "close");
    },
  };
}

test("a body that ends ends its response", async () => {
  const body = new TestBody();
  await using reader = await answer(body);
  body.say("a");
  body.say("b");
  body.end();
  await once(reader.response, "end");
  expect([reader.text(), reader.response.complete]).toEqual(["ab", true]);
  await vi.waitUntil(() => body.hasLeft);
});

test("a body that fails breaks the connection behind what was written", async () => {
  const body = new TestBody();
  await using reader = await answer(body);
  body.say("a");
  await vi.waitUntil(() => reader.text() === "a");
  body.fail();
  await vi.waitUntil(() => reader.response.closed);
  expect(reader.response.complete).toBe(false);
  await vi.waitUntil(() => body.hasLeft);
});

test("a silent body has its filler every 15 s until it ends", async () => {
  const body = new TestBody();
  await using reader = await answer(body);
  body.say("a");
  await vi.waitUntil(() => reader.text() === "a");
  await reader.clock.advanceAsync(14_999);
  body.say("b");
  await vi.waitUntil(() => reader.text() === "ab");
  await reader.clock.advanceAsync(14_999);
  body.say("c");
  await vi.waitUntil(() => reader.text() === "abc"); // no filler in between
  await reader.clock.advanceAsync(15_000);
  await vi.waitUntil(() => reader.text() === `abc${FILLER}`);
  await reader.clock.advanceAsync(15_000);
  await vi.waitUntil(() => reader.text() === `abc${FILLER}${FILLER}`);
  body.end();
  await once(reader.response, "end");
});

test("a reader that takes nothing holds back the body, and gets no filler", async () => {
  const body = new TestBody();
  const part = "x".repeat(64 * 1024);
  await using reader = await answer(body, { reads: false });
  for (let at = 0; at < 1_000; at++) body.say(part);
  let asked = 0;
  await vi.waitUntil(() => asked === (asked = body.asked) && asked > 1, { interval: 200 }); // the system's buffers are full
  expect(asked).toBeLessThan(1_000);
  await reader.clock.advanceAsync(3_600_000);

  let text = "";
  reader.response.setEncoding("utf8").on("data", (more: string) => (text += more));
  body.end();
  await once(reader.response, "end");
  expect(text === part.repeat(1_000)).toBe(true);
});

test("a body rests when its reader has left a part for two seconds, and not while it waits for the source", async () => {
  const body = new TestBody();
  await using reader = await answer(body, { reads: false });
  await reader.clock.advanceAsync(10_000);
  expect(body.rests).toBe(0);
  for (let at = 0; at < 1_000; at++) body.say("x".repeat(64 * 1024));
  await vi.waitUntil(() => reader.outgoing.writableNeedDrain);
  await reader.clock.advanceAsync(1_999);
  expect(body.rests).toBe(0);
  await reader.clock.advanceAsync(1);
  expect(body.rests).toBe(1);

  const { asked } = body;
  reader.response.resume();
  body.end();
  await once(reader.response, "end");
  expect([body.asked, body.rests]).toEqual([1_001, 1]);
  expect(asked).toBeLessThan(1_000);
});

test("what comes after the reader has left is dropped", async () => {
  const body = new TestBody();
  await using reader = await answer(body);
  body.say("a");
  await vi.waitUntil(() => reader.text() === "a");
  reader.response.destroy();
  await vi.waitUntil(() => body.hasLeft);
  expect(reader.clock.pendingTimers).toBe(0);
  const { asked } = body;
  body.say("late");
  body.say("later");
  await reader.clock.advanceAsync(20_000);
  expect(body.asked).toBe(asked);
});

test("a body that has ended while its reader is slow is written to its end, without a filler", async () => {
  const body = new TestBody();
  const part = "x".repeat(16 * 1024);
  await using reader = await answer(body, { reads: false });
  let parts = 0;
  for (; reader.outgoing.writableLength === 0; parts++) {
    body.say(part);
    await vi.waitUntil(() => body.asked > parts + 1, { interval: 1 });
  }
  body.end();
  await vi.waitUntil(() => reader.outgoing.writableEnded);
  expect(reader.outgoing.writableFinished).toBe(false);
  await reader.clock.advanceAsync(3_600_000);

  let text = "";
  reader.response.setEncoding("utf8").on("data", (more: string) => (text += more));
  await once(reader.response, "end");
  expect(text === part.repeat(parts)).toBe(true);
});
