import { beforeEach, describe, expect, test } from "vitest";
import { ChannelError } from "../errors.ts";
import type { Pick, PickedSubchannel, Picker, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { PickQueue } from "./pick-queue.ts";

const MAX_WAITING = 3;
const MAX_WAIT_MS = 1_000;

const subchannel: PickedSubchannel = {
  key: "10.0.10.7:50051",
  endpoint: { host: "10.0.10.7", port: 50051, kind: "task", lane: 0 },
  inFlight: 0,
  open: () => undefined,
  didEnd: () => {},
};

const always = (pick: Pick): Picker => ({ pick: () => pick });
const COMPLETE = always({ kind: "complete", subchannel });
const QUEUE = always({ kind: "queue" });
const failing = (provenMs: number): Picker =>
  always({ kind: "fail", error: new ChannelError(Status.unavailable, "all have failed"), provenMs });

class Waiter implements PickWaiter {
  readonly tried = [];
  readonly waitForReady: boolean;
  readonly answers: string[] = [];

  constructor(waitForReady = false) {
    this.waitForReady = waitForReady;
  }

  didPick({ key }: PickedSubchannel): void {
    this.answers.push(key);
  }

  didFailToPick(error: ChannelError): void {
    this.answers.push(error.message);
  }
}

let clock: FakeClock;
let queue: PickQueue;
let triedHarder: number;

function request(waiter = new Waiter()): Waiter {
  queue.request(waiter);
  return waiter;
}

beforeEach(() => {
  clock = new FakeClock();
  triedHarder = 0;
  queue = new PickQueue(
    { maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS },
    { clock, explain: () => "no ready endpoint", onWaiting: () => triedHarder++ },
  );
  return () => expect(clock.pendingTimers).toBe(0);
});

test("a call that can be placed is placed before request returns, and no timer is set for it", () => {
  queue.publish(COMPLETE);
  expect(request().answers).toEqual([subchannel.key]);
  expect(queue.size).toBe(0);
});

test("calls that wait are placed by the next picker, oldest first", () => {
  const order: number[] = [];
  for (const n of [1, 2, 3]) request(Object.assign(new Waiter(), { didPick: () => void order.push(n) }));
  expect(queue.size).toBe(3);
  expect(triedHarder).toBe(3);
  queue.publish(COMPLETE);
  expect(order).toEqual([1, 2, 3]);
  expect(queue.size).toBe(0);
});

test("a call that was placed takes the one place there is, and the next one waits on", () => {
  const places: Pick[] = [{ kind: "complete", subchannel }];
  queue.publish({ pick: () => places.pop() ?? { kind: "queue" } });
  const [first, second] = [request(), request()];
  expect([first.answers.length, second.answers.length]).toEqual([1, 0]);
  places.push({ kind: "complete", subchannel });
  queue.retry();
  expect(second.answers).toEqual([subchannel.key]);
});

test("one call too many is unavailable at once", () => {
  const waiting = Array.from({ length: MAX_WAITING }, () => request());
  expect(request().answers).toEqual(["[unavailable] 3 calls already wait for an endpoint: no ready endpoint"]);
  for (const waiter of waiting) expect(waiter.answers).toEqual([]);
  queue.publish(COMPLETE);
});

test("who waits too long is unavailable, each after its own wait", () => {
  const first = request();
  clock.advance(MAX_WAIT_MS / 2);
  const second = request();
  clock.advance(MAX_WAIT_MS / 2);
  expect(first.answers).toEqual(["[unavailable] no endpoint within 1000 ms: no ready endpoint"]);
  expect(second.answers).toEqual([]);
  clock.advance(MAX_WAIT_MS / 2);
  expect(second.answers).toHaveLength(1);
});

describe("when every endpoint has failed", () => {
  test("a call that saw them all fail is told", () => {
    clock.advance(10);
    const waiter = request();
    clock.advance(10);
    queue.publish(failing(clock.now()));
    expect(waiter.answers).toEqual(["[unavailable] all have failed"]);
  });

  test("a call that came after the oldest failure may still hope", () => {
    queue.publish(failing(clock.now()));
    clock.advance(10);
    const waiter = request();
    queue.retry();
    expect(waiter.answers).toEqual([]);
    queue.publish(failing(clock.now()));
    expect(waiter.answers).toEqual(["[unavailable] all have failed"]);
  });

  test("a call that waits for ready waits on, however long", () => {
    const waiter = request(new Waiter(true));
    queue.publish(failing(clock.now()));
    clock.advance(100 * MAX_WAIT_MS);
    expect(waiter.answers).toEqual([]);
    queue.publish(COMPLETE);
    expect(waiter.answers).toEqual([subchannel.key]);
  });
});

test("a call that withdraws hears nothing more, and its place is free", () => {
  const waiter = request();
  queue.withdraw(waiter);
  queue.publish(COMPLETE);
  clock.advance(MAX_WAIT_MS);
  expect(waiter.answers).toEqual([]);
  expect(queue.size).toBe(0);
});

test("a call that is placed may withdraw another that waits behind it", () => {
  const second = new Waiter();
  request(Object.assign(new Waiter(), { didPick: () => queue.withdraw(second) }));
  request(second);
  queue.publish(COMPLETE);
  expect(second.answers).toEqual([]);
});

test("a closed queue fails who waits and who comes", () => {
  const waiting = request(new Waiter(true));
  queue.publish(QUEUE);
  queue.close(new ChannelError(Status.unavailable, "closed"));
  expect(waiting.answers).toEqual(["[unavailable] closed"]);
  expect(request().answers).toEqual(["[unavailable] closed"]);
});
