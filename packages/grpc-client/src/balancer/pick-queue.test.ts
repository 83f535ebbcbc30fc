import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, describe, expect, test } from "vitest";
import { SAY, testLoad } from "../../test/support/loads.ts";
import { ChannelError } from "../errors.ts";
import type { CompletePick, Pick, PickedSubchannel, Picker, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { PickQueue } from "./pick-queue.ts";

const MAX_CALLS = 3;
const MAX_BYTES = 100;
const MAX_WAIT_MS = 1_000;

const subchannel: PickedSubchannel = {
  key: "10.0.10.7:50051",
  endpoint: { host: "10.0.10.7", port: 50051, kind: "task", lane: 0 },
  load: testLoad("10.0.10.7:50051"),
  open: () => undefined,
};

const always = (pick: Pick): Picker => ({ pick: () => pick });
const COMPLETE = always({ kind: "complete", subchannel });
const QUEUE = always({ kind: "queue", until: "ready" });
const FULL = always({ kind: "queue", until: "room" });
const failing = (allFailedSinceMs: number): Picker =>
  always({ kind: "fail", error: new ChannelError(Status.unavailable, "all have failed"), allFailedSinceMs });

class Waiter implements PickWaiter {
  readonly method = SAY;
  readonly tried = [];
  readonly waitForReady: boolean;
  readonly heldBytes: number;
  readonly answers: string[] = [];

  constructor(waitForReady = false, heldBytes = 1) {
    this.waitForReady = waitForReady;
    this.heldBytes = heldBytes;
  }

  didPick({ subchannel: { key } }: CompletePick): void {
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
    { maxWaitingCalls: MAX_CALLS, maxWaitingBytes: MAX_BYTES, maxWaitMs: MAX_WAIT_MS },
    { clock, explain: () => "no ready endpoint", onWaiting: () => triedHarder++ },
  );
  return () => expect(clock.pendingTimers).toBe(0);
});

test("a call that can be placed is placed before request returns, and no timer is set for it", () => {
  queue.publish(COMPLETE);
  expect(request().answers).toEqual([subchannel.key]);
  expect(queue.size).toBe(0);
});

test("the next picker places waiting calls, oldest first", () => {
  const order: number[] = [];
  for (const n of [1, 2, 3]) request(Object.assign(new Waiter(), { didPick: () => void order.push(n) }));
  expect(queue.size).toBe(3);
  expect(triedHarder).toBe(3);
  queue.publish(COMPLETE);
  expect(order).toEqual([1, 2, 3]);
  expect(queue.size).toBe(0);
});

test("a placed call takes the only place, and the next one keeps waiting", () => {
  const places: Pick[] = [{ kind: "complete", subchannel }];
  queue.publish({ pick: () => places.pop() ?? { kind: "queue", until: "room" } });
  const [first, second] = [request(), request()];
  expect([first.answers.length, second.answers.length]).toEqual([1, 0]);
  places.push({ kind: "complete", subchannel });
  queue.retry();
  expect(second.answers).toEqual([subchannel.key]);
});

test("a new call does not overtake waiting calls", () => {
  const order: number[] = [];
  const named = (n: number) => Object.assign(new Waiter(), { didPick: () => void order.push(n) });
  let places = 0;
  queue.publish({ pick: () => (places-- > 0 ? { kind: "complete", subchannel } : { kind: "queue", until: "room" }) });
  request(named(1));
  places = 1;
  request(named(2));
  expect(order).toEqual([1]);
  places = 5;
  request(named(3));
  expect(order).toEqual([1, 2, 3]);
});

test("calls with and without wait-for-ready are placed in one order", () => {
  const order: number[] = [];
  for (const n of [1, 2, 3]) {
    request(Object.assign(new Waiter(n === 2), { didPick: () => void order.push(n) }));
  }
  queue.publish(COMPLETE);
  expect(order).toEqual([1, 2, 3]);
});

test("one free place leads to two picks, however many calls wait", () => {
  queue = new PickQueue(
    { maxWaitingCalls: 1_000, maxWaitingBytes: 1_000, maxWaitMs: MAX_WAIT_MS },
    { clock, explain: () => "", onWaiting: () => {} },
  );
  let picks = 0;
  let places = 0;
  queue.publish({
    pick: () => {
      picks++;
      return places-- > 0 ? { kind: "complete", subchannel } : { kind: "queue", until: "room" };
    },
  });
  for (let i = 0; i < 1_000; i++) request();
  [picks, places] = [0, 1];
  queue.retry();
  expect(picks).toBe(2);
  expect(queue.size).toBe(999);
});

test("a call that fails while it is placed and requests again waits behind the others", () => {
  const answers: string[] = [];
  let places = 0;
  queue.publish({ pick: () => (places-- > 0 ? { kind: "complete", subchannel } : { kind: "queue", until: "room" }) });
  const unlucky: Waiter = Object.assign(new Waiter(), {
    didPick: () => {
      answers.push("again");
      if (answers.length === 1) queue.request(unlucky);
    },
  });
  request(unlucky);
  request(Object.assign(new Waiter(), { didPick: () => void answers.push("other") }));
  places = 3;
  queue.retry();
  expect(answers).toEqual(["again", "other", "again"]);
});

describe("bounds", () => {
  test("one call too many is unavailable at once", () => {
    const waiting = Array.from({ length: MAX_CALLS }, () => request());
    expect(request().answers).toEqual([
      "[unavailable] 3 calls wait already, as many as maxWaitingCalls allows: no ready endpoint",
    ]);
    for (const waiter of waiting) expect(waiter.answers).toEqual([]);
    queue.publish(COMPLETE);
  });

  test("a call with too many bytes is unavailable at once, until others are placed", () => {
    request(new Waiter(false, 60));
    expect(request(new Waiter(false, 41)).answers).toEqual([
      "[unavailable] 1 calls wait already and hold 60 bytes, and maxWaitingBytes (100) has no room for 41 more: no ready endpoint",
    ]);
    const fits = request(new Waiter(false, 40));
    queue.publish(COMPLETE);
    queue.publish(QUEUE);
    expect(fits.answers).toEqual([subchannel.key]);
    expect(request(new Waiter(false, 41)).answers).toEqual([]);
    queue.publish(COMPLETE);
  });

  test("a single waiting call may hold more bytes", () => {
    const large = request(new Waiter(false, 10 * MAX_BYTES));
    expect(request().answers).toHaveLength(1);
    queue.publish(COMPLETE);
    expect(large.answers).toEqual([subchannel.key]);
  });

  test("a waiting call that grows is asked to stop at maxWaitingBytes, and its bytes are freed with it", () => {
    const [one, other] = [request(), request()];
    expect(queue.grow(one, 50)).toBe(true);
    expect(queue.grow(other, 48)).toBe(false);
    queue.withdraw(one);
    expect(queue.grow(other, 1)).toBe(true);
    queue.withdraw(other);
    expect(queue.grow(other, 1_000)).toBe(true); // it does not wait any more
    expect(request(new Waiter(false, MAX_BYTES)).answers).toEqual([]);
    queue.publish(COMPLETE);
  });
});

test("each call that waits maxWaitMs is unavailable", () => {
  const first = request();
  clock.advance(MAX_WAIT_MS / 2);
  const second = request();
  clock.advance(MAX_WAIT_MS / 2);
  expect(first.answers).toEqual(["[unavailable] no endpoint within 1000 ms: no ready endpoint"]);
  expect(second.answers).toEqual([]);
  clock.advance(MAX_WAIT_MS / 2);
  expect(second.answers).toHaveLength(1);
});

describe("while endpoints are ready and full", () => {
  test("time does not end the wait", () => {
    queue.publish(FULL);
    const waiter = request();
    clock.advance(100 * MAX_WAIT_MS);
    expect(waiter.answers).toEqual([]);
    queue.publish(COMPLETE);
    expect(waiter.answers).toEqual([subchannel.key]);
  });

  test("the time begins when the last of them is lost", () => {
    queue.publish(FULL);
    const waiter = request();
    clock.advance(100 * MAX_WAIT_MS);
    queue.publish(QUEUE);
    clock.advance(MAX_WAIT_MS - 1);
    expect(waiter.answers).toEqual([]);
    clock.advance(1);
    expect(waiter.answers).toEqual(["[unavailable] no endpoint within 1000 ms: no ready endpoint"]);
  });

  test("the time stops when one of them is ready", () => {
    const waiter = request();
    clock.advance(MAX_WAIT_MS - 1);
    queue.publish(FULL);
    clock.advance(MAX_WAIT_MS);
    expect(waiter.answers).toEqual([]);
    queue.withdraw(waiter);
  });
});

test("a call that fails and requests again at once does not fail again with the others", () => {
  const again = new Waiter();
  const first = Object.assign(new Waiter(), { didFailToPick: () => queue.request(again) });
  request(first);
  queue.publish(failing(clock.now()));
  expect(again.answers).toEqual([]);
  queue.publish(COMPLETE);
  expect(again.answers).toEqual([subchannel.key]);
});

describe("when every endpoint has failed", () => {
  test("a call that waited during all failures fails", () => {
    clock.advance(10);
    const waiter = request();
    clock.advance(10);
    queue.publish(failing(clock.now()));
    expect(waiter.answers).toEqual(["[unavailable] all have failed"]);
  });

  test("a call that arrived after the oldest failure keeps waiting", () => {
    queue.publish(failing(clock.now()));
    clock.advance(10);
    const waiter = request();
    queue.retry();
    expect(waiter.answers).toEqual([]);
    queue.publish(failing(clock.now()));
    expect(waiter.answers).toEqual(["[unavailable] all have failed"]);
  });

  test("a wait-for-ready call keeps waiting, however long", () => {
    const waiter = request(new Waiter(true));
    queue.publish(failing(clock.now()));
    clock.advance(100 * MAX_WAIT_MS);
    expect(waiter.answers).toEqual([]);
    queue.publish(COMPLETE);
    expect(waiter.answers).toEqual([subchannel.key]);
  });
});

test("a withdrawn call gets no result, and its place is free", () => {
  const waiter = request();
  queue.withdraw(waiter);
  queue.publish(COMPLETE);
  clock.advance(MAX_WAIT_MS);
  expect(waiter.answers).toEqual([]);
  expect(queue.size).toBe(0);
});

test("a placed call may withdraw a call behind it", () => {
  const second = new Waiter();
  request(Object.assign(new Waiter(), { didPick: () => queue.withdraw(second) }));
  request(second);
  queue.publish(COMPLETE);
  expect(second.answers).toEqual([]);
});

test("a closed queue fails waiting and new calls", () => {
  const waiting = request(new Waiter(true));
  queue.publish(QUEUE);
  queue.close(new ChannelError(Status.unavailable, "closed"));
  expect(waiting.answers).toEqual(["[unavailable] closed"]);
  expect(request().answers).toEqual(["[unavailable] closed"]);
});
