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
  readonly rank: number;
  goesOn = false;
  deadlineMs = Number.POSITIVE_INFINITY;
  readonly answers: string[] = [];

  constructor(waitForReady = false, heldBytes = 1, rank = 2) {
    this.rank = rank;
    this.waitForReady = waitForReady;
    this.heldBytes = heldBytes;
  }

  didPick({ subchannel: { key } }: CompletePick): void {
    this.answers.push(key);
  }

  didFailToPick(error: ChannelError): void {
    this.answers.push(error.message);
  }

  didDrop(): void {
    this.answers.push("dropped");
  }
}

let clock: FakeClock;
let queue: PickQueue;
let triedHarder: number;
let typicalMs: number | undefined;
let canConnect: boolean;
let triesAgain: boolean;
const tooLate: PickWaiter[] = [];

function request(waiter = new Waiter()): Waiter {
  queue.request(waiter);
  return waiter;
}

function openQueue(maxWaitingCalls: number, maxWaitingBytes: number = maxWaitingCalls): PickQueue {
  return new PickQueue(
    { maxWaitingCalls, maxWaitingBytes, maxWaitMs: MAX_WAIT_MS },
    {
      clock,
      explain: () => "no ready endpoint",
      onWaiting: () => triedHarder++,
      canConnect: () => canConnect,
      onRefusal: () => triesAgain,
      typicalMs: () => typicalMs,
      onTooLate: (waiter) => void tooLate.push(waiter),
    },
  );
}

beforeEach(() => {
  clock = new FakeClock();
  triedHarder = 0;
  typicalMs = undefined;
  canConnect = true;
  triesAgain = false;
  tooLate.length = 0;
  queue = openQueue(MAX_CALLS, MAX_BYTES);
  return () => expect(clock.pendingTimers).toBe(0);
});

test("a retry without a place ends at once, and one that waits ends with the picker that has no place for it", () => {
  const waiting = request();
  const DROP = always({ kind: "drop" });
  queue.publish(DROP);
  const late = request();
  expect([waiting.answers, late.answers, queue.size]).toEqual([["dropped"], ["dropped"], 0]);
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
  queue = openQueue(1_000);
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

describe("when calls have waited for 100 ms without a break", () => {
  const named = (order: number[], n: number) => Object.assign(new Waiter(), { didPick: () => void order.push(n) });

  test("the newest is placed first, with and without wait-for-ready", () => {
    const order: number[] = [];
    request(named(order, 1));
    request(Object.assign(new Waiter(true), { didPick: () => void order.push(2) }));
    clock.advance(99);
    request(named(order, 3));
    clock.advance(1);
    queue.publish(COMPLETE);
    expect(order).toEqual([3, 2, 1]);
  });

  test("an empty queue begins anew", () => {
    const order: number[] = [];
    const first = request();
    clock.advance(1_000);
    queue.withdraw(first);
    for (const n of [1, 2]) request(named(order, n));
    queue.publish(COMPLETE);
    expect(order).toEqual([1, 2]);
  });
});

describe("after calls have waited for a second without a ready endpoint", () => {
  const many = (count: number): Waiter[] => Array.from({ length: count }, () => request(new Waiter(true)));
  const placed = (waiters: readonly Waiter[]): number => waiters.filter(({ answers }) => answers.length > 0).length;

  beforeEach(() => {
    queue = openQueue(1_000);
    queue.publish(QUEUE);
  });

  test("8 are placed, and twice as many in each further 250 ms, the newest first", () => {
    const waiters = many(100);
    clock.advance(1_000);
    queue.publish(COMPLETE);
    expect([placed(waiters), placed(waiters.slice(-8))]).toEqual([8, 8]);
    const newcomer = request();
    expect(placed([newcomer])).toBe(0);
    const counts = [250, 250, 250].map((ms) => {
      clock.advance(ms);
      return placed([...waiters, newcomer]);
    });
    expect(counts).toEqual([24, 56, 101]);
    expect(placed(many(50))).toBe(50);
  });

  test("a shorter wait, as for the first connection, is followed by all of them", () => {
    const waiters = many(100);
    clock.advance(999);
    queue.publish(COMPLETE);
    expect(placed(waiters)).toBe(100);
  });

  test("the wait is not bounded by maxWaitMs any more, since an endpoint is ready", () => {
    const waiters = many(9);
    clock.advance(1_000);
    const bounded = request();
    queue.publish(COMPLETE);
    expect(placed([...waiters, bounded])).toBe(8);
    clock.advance(249);
    expect(placed(waiters)).toBe(7);
    clock.advance(1);
    expect(placed([...waiters, bounded])).toBe(10);
  });
});

describe("a call whose turn comes late", () => {
  const dueIn = (leftMs: number): Waiter => Object.assign(new Waiter(), { deadlineMs: clock.now() + leftMs });

  test("is not sent with less time than a response usually takes, and is counted apart", () => {
    typicalMs = 20;
    const [late, inTime] = [request(dueIn(60)), request(dueIn(70))];
    clock.advance(50);
    queue.publish(COMPLETE);
    expect(late.answers).toEqual([
      "[deadline_exceeded] not sent: 10 ms are left after the wait, and a response usually takes 20 ms",
    ]);
    expect(inTime.answers).toEqual([subchannel.key]);
    expect(tooLate).toEqual([late]);
  });

  test("is sent if it has not waited, or while response times are unknown", () => {
    const waited = request(dueIn(60));
    clock.advance(50);
    queue.publish(COMPLETE);
    typicalMs = 20;
    expect([waited, request(dueIn(1))].map(({ answers }) => answers)).toEqual([[subchannel.key], [subchannel.key]]);
  });
});

describe("bounds", () => {
  const FULL_TEXT = "[unavailable] 3 calls wait already, as many as maxWaitingCalls allows: no ready endpoint";
  const ranked = (rank: number): Waiter => request(new Waiter(false, 1, rank));
  const ends = (...waiters: readonly Waiter[]): number[] => waiters.map(({ answers }) => answers.length);

  test("one call too many ends the oldest one", () => {
    const [first, second, third] = [request(), request(), request()];
    const newest = request();
    expect(first.answers).toEqual([FULL_TEXT]);
    expect(ends(second, third, newest)).toEqual([0, 0, 0]);
    queue.publish(COMPLETE);
    expect(newest.answers).toEqual([subchannel.key]);
  });

  test("one call too many ends the oldest of the lowest rank, which may be the new one", () => {
    const [high, low, lowToo] = [ranked(3), ranked(0), ranked(0)];
    const normal = ranked(2);
    expect(ends(high, low, lowToo, normal)).toEqual([0, 1, 0, 0]);
    ranked(2);
    expect(ends(high, lowToo, normal)).toEqual([0, 1, 0]);
    const refused = ranked(1);
    expect(refused.answers).toEqual([FULL_TEXT]);
    expect(ends(high, normal)).toEqual([0, 0]);
    queue.publish(COMPLETE);
  });

  test("a caller that calls again when its call has ended finds the queue in order", () => {
    const again = new Waiter();
    const callAgain = (): void => {
      queue.withdraw(second);
      queue.request(again);
    };
    request(Object.assign(new Waiter(), { didFailToPick: callAgain }));
    const second = request();
    request();
    const newest = request();
    expect(queue.size).toBe(3);
    queue.publish(COMPLETE);
    expect([newest, again].map(({ answers }) => answers)).toEqual([[subchannel.key], [subchannel.key]]);
    expect(second.answers).toEqual([]);
  });

  test("for the bytes of a call only calls of lower ranks end, and only if that is enough", () => {
    const FULL_BYTES =
      "[unavailable] 2 calls wait already and hold 100 bytes, and maxWaitingBytes (100) has no room for";
    const large = request(new Waiter(false, 60, 1));
    const same = request(new Waiter(false, 40));
    const tooLarge = request(new Waiter(false, 61));
    expect([tooLarge.answers, large.answers]).toEqual([[`${FULL_BYTES} 61 more: no ready endpoint`], []]);
    const next = request(new Waiter(false, 60));
    expect([large.answers, ends(same, next)]).toEqual([[`${FULL_BYTES} 60 more: no ready endpoint`], [0, 0]]);
    const small = request();
    expect([ends(small), ends(same, next)]).toEqual([[1], [0, 0]]);
    queue.publish(COMPLETE);
  });

  test("a single waiting call may hold more bytes, and one that comes later with more than the bound is refused", () => {
    const small = request();
    const refused = request(new Waiter(false, 10 * MAX_BYTES));
    expect([ends(small), ends(refused)]).toEqual([[0], [1]]);
    queue.publish(COMPLETE);
    queue.publish(QUEUE);
    const large = request(new Waiter(false, 10 * MAX_BYTES));
    expect(ends(large)).toEqual([0]);
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

test("before an endpoint can be connected to no time ends the wait, and maxWaitMs begins then", () => {
  canConnect = false;
  const call = request();
  clock.advance(100 * MAX_WAIT_MS);
  canConnect = true;
  queue.startWaits();
  clock.advance(MAX_WAIT_MS - 1);
  expect(call.answers).toEqual([]);
  clock.advance(1);
  expect(call.answers).toEqual(["[unavailable] no endpoint within 1000 ms: no ready endpoint"]);
});

test("when nothing can be connected to, calls fail until one of them makes the channel try again", () => {
  const waiting = request();
  queue.refuse(new ChannelError(Status.unavailable, "not loaded"));
  expect([waiting, request()].map(({ answers }) => answers)).toEqual([
    ["[unavailable] not loaded"],
    ["[unavailable] not loaded"],
  ]);
  triesAgain = true;
  const first = request();
  triesAgain = false;
  const second = request();
  expect([first.answers, second.answers, queue.size]).toEqual([[], [], 2]);
  queue.publish(COMPLETE);
  expect([first.answers, second.answers]).toEqual([[subchannel.key], [subchannel.key]]);
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

  test("a call whose caller has a part of the stream keeps waiting, and others fail past it, until maxWaitMs", () => {
    const [before, goingOn, after] = [request(), new Waiter(), new Waiter()];
    goingOn.goesOn = true;
    request(goingOn);
    request(after);
    queue.publish(failing(clock.now()));
    expect([before, goingOn, after].map(({ answers }) => answers.length)).toEqual([1, 0, 1]);

    const late = new Waiter();
    late.goesOn = true;
    queue.publish(failing(Number.POSITIVE_INFINITY));
    request(late);
    clock.advance(MAX_WAIT_MS);
    for (const { answers } of [goingOn, late])
      expect(answers).toEqual([`[unavailable] no endpoint within ${MAX_WAIT_MS} ms: no ready endpoint`]);
  });

  test.each(["wait-for-ready", "going on"])(
    "an open breaker fails a call at once, also behind one that is %s",
    (what) => {
      const first = new Waiter(what === "wait-for-ready");
      first.goesOn = what === "going on";
      queue.publish(failing(Number.POSITIVE_INFINITY));
      const [waiting, next] = [request(first), request()];
      expect([waiting.answers, next.answers]).toEqual([[], ["[unavailable] all have failed"]]);
      expect([queue.size, triedHarder]).toEqual([1, 1]);
      queue.withdraw(waiting);
    },
  );

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
