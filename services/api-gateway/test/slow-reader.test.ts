// A reader that takes nothing, among 200 that read the same turn: they have every event at once, and the gateway keeps nothing for it.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ProcessConversationRequest, RunState, type WatchRunRequest } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test, vi } from "vitest";
import { startTestGateway } from "./test-gateway.ts";

const READERS = 200;
/** Together more than the system buffers for a connection: at most 4 MiB of its sender (`tcp_wmem`), and what its receiver began with. */
const EVENTS = 64;
const TEXT = "x".repeat(128 * 1024);
/** Messages that the gateway keeps for the readers of a turn. */
const KEPT = 16;

/** Counts what it reads. */
class Reader {
  bytes = 0;
  /** The last bytes. */
  tail = "";
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(port: number, path = "/v1/turns/t.1/events"): Promise<Reader> {
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: text/event-stream\r\n\r\n`);
    return new Reader(socket);
  }

  read(): void {
    this.#socket.on("data", (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.tail = (this.tail + chunk.toString("latin1", Math.max(0, chunk.length - 100))).slice(-100);
    });
  }

  get isWhole(): boolean {
    return /"turn_completed":{}|"SUCCEEDED"/.test(this.tail) && this.tail.endsWith("0\r\n\r\n");
  }

  leave(): void {
    this.#socket.destroy();
  }
}

test("a reader that takes nothing holds up none of 200 others, and reads the rest by a call of its own", {
  timeout: 60_000,
}, async () => {
  const requests: ProcessConversationRequest[] = [];
  const others: Reader[] = [];
  const have = (events: number): Promise<boolean> =>
    vi.waitUntil(() => others.every(({ bytes }) => bytes > events * TEXT.length), { timeout: 20_000, interval: 1 });
  await using gateway = await startTestGateway({
    agent: {
      async *processConversation(request) {
        requests.push(request);
        const isShared = requests.length === 1;
        const each = { turnId: "t.1", fence: "1-a" };
        for (let sequence = request.resumeAfterSequence + 1; sequence <= EVENTS; sequence++) {
          yield { ...each, sequence, message: TEXT };
          if (isShared && sequence === 1) await vi.waitUntil(() => others.length === READERS);
          if (isShared) await have(sequence); // the next one when all 200 have this one
        }
        yield { ...each, sequence: EVENTS + 1, event: { case: "turnCompleted", value: {} } } as const;
      },
    },
  });
  const slow = await Reader.open(gateway.port);
  for (let reader = 0; reader < READERS; reader++) {
    const other = await Reader.open(gateway.port);
    other.read();
    others.push(other);
  }
  await vi.waitUntil(() => others.every(({ isWhole }) => isWhole), { timeout: 30_000 });
  expect(new Set(others.map(({ bytes }) => bytes)).size).toBe(1);
  expect(requests).toHaveLength(1);

  slow.read();
  await vi.waitUntil(() => slow.isWhole, { timeout: 20_000 });
  expect(slow.bytes).toBe(others[0]?.bytes);
  expect(requests).toHaveLength(2);
  expect(requests[1]?.resumeAfterSequence).toBeLessThan(EVENTS - KEPT); // what it had not taken was not kept
  for (const each of [slow, ...others]) each.leave();
});

test("a reader that takes nothing of a run gives its call back after two seconds, and goes on behind its last event", {
  timeout: 60_000,
}, async () => {
  const requests: WatchRunRequest[] = [];
  const left = Promise.withResolvers<void>();
  let yielded = 0;
  const clock = new FakeClock();
  await using gateway = await startTestGateway({
    clock,
    engine: {
      async *watchRun(request, { signal }) {
        requests.push(request);
        signal.addEventListener("abort", () => left.resolve());
        for (let sequence = request.resumeAfterSequence + 1; sequence <= EVENTS; sequence++, yielded++) {
          const value = { state: RunState.RUNNING, error: { message: TEXT } };
          yield { sequence, fence: "f", event: { case: "runStateChanged", value } } as const;
        }
        const value = { state: RunState.SUCCEEDED };
        yield { sequence: EVENTS + 1, fence: "f", event: { case: "runStateChanged", value } } as const;
      },
    },
  });
  const slow = await Reader.open(gateway.port, "/v1/runs/r.1/events");
  let before = 0;
  await vi.waitUntil(() => before === (before = yielded) && yielded > 1, { interval: 200, timeout: 20_000 }); // it is stuck
  expect(yielded).toBeLessThan(EVENTS);
  await clock.advanceAsync(2_000);
  await left.promise;

  slow.read();
  await vi.waitUntil(() => slow.isWhole, { timeout: 20_000 });
  expect(requests).toHaveLength(2);
  expect(slow.bytes).toBeGreaterThan(EVENTS * TEXT.length);
  expect(slow.bytes).toBeLessThan((EVENTS + 1) * TEXT.length); // each event once
  slow.leave();
});
