// Readers of one log through one call: whatever they and the service do, each has the text of the log, and no call is left open.

import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { CallOptions } from "@connectrpc/connect";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { callerKey } from "../caller.ts";
import type { RestingIterator } from "../resting-iterator.ts";
import { type SharedMethod, SharedStreams } from "./shared-streams.ts";
import type { Position } from "./stream-window.ts";

const LIMIT_MS = 10_000;

interface Request extends Position {
  readonly id: string;
}

interface Message extends Position {
  readonly event: { readonly case: "text" | "heartbeat" | "truncated" | "last" };
  /**
   * Of a truncation: the last event that counts. Services say its sequence alone, by which a reader that is cut off right there does not
   * notice a second loss; with the fence each text has to be exact.
   */
  readonly kept?: Position;
}

/** A stored log and its service: a call yields what follows its cursor, as agents and engines do it. */
class Log {
  readonly calls = new Set<Call>();
  opened = 0;
  /** The status of calls whose last event has been read. */
  endsWith: ConnectError | undefined;
  /** What the store has forgotten, and readers have not. */
  readonly past: (readonly Message[])[] = [];
  #messages: Message[] = [];
  #lives = 1;

  get texts(): readonly string[] {
    return this.#messages.map(textOf);
  }

  /** What a reader has seen that has read so many events now, or before the last loss but so many. */
  seen(count: number, lossesAgo: number): readonly Message[] {
    return (lossesAgo === 0 ? this.#messages : (this.past.at(-lossesAgo) ?? this.#messages)).slice(0, count);
  }

  at(number: number): Position {
    return this.#messages[number - 1] ?? START;
  }

  append(kind: "text" | "last" = "text"): void {
    const sequence = this.#messages.length + 1;
    this.#messages.push({ sequence, fence: `life-${this.#lives}`, event: { case: kind } });
    this.#wake();
  }

  /** The store forgets the last events; what is written again has another fence. */
  lose(count: number): void {
    this.past.push(this.#messages);
    this.#messages = this.#messages.slice(0, Math.max(0, this.#messages.length - count));
    this.#lives += 1;
    this.#wake();
  }

  heartbeat(): void {
    for (const call of this.calls) call.heartbeat();
  }

  fail(error: ConnectError): void {
    for (const call of this.calls) call.fail(error);
  }

  open(request: Request, { signal }: CallOptions): AsyncIterable<Message> {
    this.opened += 1;
    const call = new Call(request, this);
    this.calls.add(call);
    signal?.addEventListener("abort", () => {
      this.calls.delete(call);
      call.fail(new ConnectError("left", Code.Canceled));
    });
    return call;
  }

  /** What comes after a cursor now; `undefined`: nothing yet. */
  following(cursor: Position): Message | undefined {
    const known = this.#messages.findLastIndex(({ fence }) => fence === cursor.fence) + 1;
    if (cursor.fence === "" || isSame(this.at(cursor.sequence), cursor)) {
      if (cursor.sequence <= this.#messages.length) return this.#messages[cursor.sequence];
    }
    const kept = this.at(Math.min(cursor.sequence, cursor.fence === "" ? this.#messages.length : known));
    return { sequence: 0, fence: "", event: { case: "truncated" }, kept };
  }

  #wake(): void {
    for (const call of this.calls) call.wake();
  }
}

const START: Position = { sequence: 0, fence: "" };

function isSame(one: Position, other: Position): boolean {
  return one.sequence === other.sequence && one.fence === other.fence;
}

function textOf({ sequence, fence }: Position): string {
  return `${sequence} of ${fence}`;
}

class Call implements AsyncIterableIterator<Message> {
  readonly #log: Log;
  #cursor: Position;
  #woken = Promise.withResolvers<void>();
  #heartbeats = 0;
  #error: ConnectError | undefined;
  #hasEnded = false;

  constructor(cursor: Position, log: Log) {
    this.#cursor = cursor;
    this.#log = log;
  }

  async next(): Promise<IteratorResult<Message>> {
    for (;;) {
      const next = this.#error === undefined ? this.#log.following(this.#cursor) : undefined;
      if (this.#error !== undefined || this.#hasEnded) this.#log.calls.delete(this);
      if (this.#error !== undefined) throw this.#error;
      if (this.#hasEnded && this.#log.endsWith !== undefined) throw this.#log.endsWith;
      if (this.#hasEnded) return { done: true, value: undefined };
      if (next !== undefined) return { done: false, value: this.#take(next) };
      if (this.#heartbeats > 0) {
        this.#heartbeats = 0;
        return { done: false, value: { sequence: 0, fence: "", event: { case: "heartbeat" } } };
      }
      await this.#woken.promise;
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  heartbeat(): void {
    this.#heartbeats += 1;
    this.wake();
  }

  fail(error: ConnectError): void {
    this.#error ??= error;
    this.wake();
  }

  wake(): void {
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  #take(message: Message): Message {
    this.#cursor = message.kept ?? message;
    this.#hasEnded = message.event.case === "last";
    return message;
  }
}

function method(log: Log, nameOfMessage: (message: Message) => string | undefined): SharedMethod<Request, Message> {
  return {
    nameOf: ({ id }) => id,
    nameOfMessage,
    positionOf: (request) => request,
    trait: {
      cursor: ({ sequence, fence, kept }) => (sequence > 0 ? { sequence, fence } : kept),
      withCursor: (request, { sequence, fence }) => ({ ...request, sequence, fence }),
      isTerminal: ({ event }) => event.case === "last",
    },
    open: (request, options) => log.open(request, options),
    limitMs: LIMIT_MS,
  };
}

function callsOf(subject: string, signal?: AbortSignal): CallOptions {
  const contextValues = createContextValues().set(callerKey, { subject, scopes: [] });
  return signal === undefined ? { contextValues } : { contextValues, signal };
}

/** Those that the steps below make. */
const FAILURES: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded]);

/** Keeps the text as a page does: after a truncation it drops what is void. Comes back from its cursor when its stream fails. */
class Person {
  /** What must never come. */
  readonly faults: unknown[] = [];
  readonly failures: unknown[] = [];
  isSlow = false;
  hasEnded = false;
  hasLeft = false;
  readonly #texts: string[];
  #cursor: Position;
  #messages: RestingIterator<Message>;
  readonly #signal = new AbortController();
  #isReading = false;
  readonly #streams: SharedStreams<Request, Message>;

  constructor(streams: SharedStreams<Request, Message>, seen: readonly Message[] = []) {
    this.#streams = streams;
    this.#cursor = seen.at(-1) ?? START;
    this.#texts = seen.map(textOf);
    this.#messages = this.#open();
    this.read();
  }

  get text(): readonly string[] {
    return this.#texts;
  }

  read(): void {
    if (!this.#isReading) void this.#read();
  }

  /** Reads no more for now; rests when it is not within a read. */
  rest(): void {
    this.isSlow = true;
    if (!this.#isReading) this.#messages.rest?.();
  }

  leave(how: "return" | "abort"): void {
    this.hasLeft = true;
    if (how === "abort") this.#signal.abort(new Error("the connection is closed"));
    else void this.#messages.return?.();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    while (!this.isSlow && !this.hasLeft && !this.hasEnded) await this.#readOne();
    this.#isReading = false;
  }

  async #readOne(): Promise<void> {
    try {
      const next = await this.#messages.next();
      if (next.done === true) this.hasEnded = !this.hasLeft;
      else this.#take(next.value);
    } catch (error) {
      if (this.hasLeft) return;
      this.failures.push(error);
      const isOfCall = error instanceof ConnectError && FAILURES.has(error.code);
      if (!isOfCall) this.faults.push(error);
      this.#messages = this.#open();
    }
  }

  #open(): RestingIterator<Message> {
    const request = { id: "log", ...this.#cursor };
    return this.#streams.read(request, callsOf("ada", this.#signal.signal))[Symbol.asyncIterator]();
  }

  #take(message: Message): void {
    if (message.event.case === "heartbeat") return;
    if (message.kept !== undefined) {
      this.#texts.length = message.kept.sequence;
      this.#cursor = message.kept;
    } else {
      if (message.sequence !== this.#texts.length + 1)
        this.faults.push(`${textOf(message)} after ${this.#texts.length} events`);
      this.#texts.push(textOf(message));
      this.#cursor = message;
    }
  }
}

/** More than the longest chain of promises from the log to its readers, for each of so many messages. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) await Promise.resolve();
}

const MOST_PEOPLE = 8;

type Step =
  | { readonly do: "append" | "lose"; readonly count: number }
  | { readonly do: "join"; readonly count: number; readonly lossesAgo: number }
  | { readonly do: "slow" | "rest" | "fast" | "return" | "abort"; readonly reader: number }
  | { readonly do: "break" | "overtime" | "heartbeat" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("lose" as const), count: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("join" as const),
      count: fc.nat({ max: 60 }),
      lossesAgo: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("slow", "rest", "fast", "return", "abort"),
      reader: fc.nat({ max: 99 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("break", "overtime", "heartbeat") }) },
);

test("each reader has the text of the log, and no call outlives its readers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const scene = start();
      const { log, people } = scene;
      for (const each of steps) {
        play(each, scene);
        await settle();
      }
      for (const person of people) {
        person.isSlow = false;
        person.read();
      }
      await settle();
      log.append();
      await settle();
      const reading = people.filter(({ hasLeft }) => !hasLeft);
      expect(log.calls.size, "those that have caught up share one call").toBe(reading.length === 0 ? 0 : 1);
      log.append("last");
      await settle();
      for (const person of people) expect(person.faults).toEqual([]);
      for (const person of reading) expect([person.hasEnded, person.text]).toEqual([true, log.texts]);
      expect(log.calls.size).toBe(0);
    }),
    { numRuns: 300 },
  );
});

interface Scene {
  readonly log: Log;
  readonly streams: SharedStreams<Request, Message>;
  readonly people: Person[];
}

function play(each: Step, { log, streams, people }: Scene): void {
  switch (each.do) {
    case "append":
      for (let at = 0; at < each.count; at++) log.append();
      return;
    case "lose":
      return log.lose(each.count);
    case "join":
      if (people.filter(({ hasLeft }) => !hasLeft).length < MOST_PEOPLE)
        people.push(new Person(streams, log.seen(each.count, each.lossesAgo)));
      return;
    case "break":
      return log.fail(new ConnectError("no agent answers", Code.Unavailable));
    case "overtime":
      return log.fail(new ConnectError("120 s", Code.DeadlineExceeded));
    case "heartbeat":
      return log.heartbeat();
    default: {
      const person = people[each.reader % people.length];
      if (person === undefined || person.hasLeft) return;
      if (each.do === "return" || each.do === "abort") return person.leave(each.do);
      if (each.do === "rest") return person.rest();
      person.isSlow = each.do === "slow";
      person.read();
    }
  }
}

function start(
  nameOfMessage: (message: Message) => string | undefined = () => undefined,
): Scene & { readonly clock: FakeClock } {
  const [log, clock] = [new Log(), new FakeClock()];
  return { log, clock, streams: new SharedStreams(method(log, nameOfMessage), clock), people: [] };
}

async function append(log: Log, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    log.append();
    await settle();
  }
}

test("a thousand readers have one call, and a slow one among them holds back none", async () => {
  const { log, streams } = start();
  const people = Array.from({ length: 1_000 }, () => new Person(streams));
  await settle();
  const [slow, ...others] = people as [Person, ...Person[]];
  slow.isSlow = true;
  await append(log, 20);
  expect(new Set(others.map(({ text }) => text.length))).toEqual(new Set([20]));
  expect([log.opened, slow.text.length]).toEqual([1, 1]); // it had asked for one before it became slow

  slow.isSlow = false;
  slow.read();
  await append(log, 1);
  expect([log.opened, log.calls.size]).toEqual([2, 1]); // the second call was its own, until it had caught up
  expect(slow.text).toEqual(log.texts);
  for (const person of people) person.leave("return");
  expect(log.calls.size).toBe(0);
});

test("readers that are all slow hold the service back", async () => {
  const { log, streams } = start();
  const people = [new Person(streams), new Person(streams)];
  await append(log, 1);
  const [call] = log.calls;
  const next = vi.spyOn(call as Call, "next");
  await append(log, 3);
  expect(next).toHaveBeenCalledTimes(3); // for both of them together
  next.mockClear();
  for (const person of people) person.isSlow = true;
  await append(log, 20);
  expect(next).not.toHaveBeenCalled(); // what they had asked for was on its way
});

test("the status behind the last event reaches each reader, and none asks again", async () => {
  const { log, streams } = start();
  const people = [new Person(streams), new Person(streams)];
  await settle();
  log.endsWith = new ConnectError("the turn has reached its deadline", Code.DeadlineExceeded);
  log.append("last");
  await settle();
  expect(people.map(({ failures }) => failures)).toEqual([[log.endsWith], [log.endsWith]]);
  expect(log.opened).toBe(2); // the second one by a reader that has come back
});

test("a reader whose last events the store has lost and written again gets them again", async () => {
  const { log, streams } = start();
  const one = new Person(streams);
  await append(log, 5);
  const seen = log.seen(5, 0);
  log.lose(3);
  await append(log, 4);
  const other = new Person(streams, seen);
  await settle();
  expect([one.text, other.text, log.opened]).toEqual([log.texts, log.texts, 2]);
});

test("another owner's reader of the same name has a call of its own", async () => {
  const { log, streams } = start();
  const messages = ["ada", "bob"].map((owner) => streams.read({ id: "log", ...START }, callsOf(owner)));
  const reads = messages.map((each) => each[Symbol.asyncIterator]().next());
  await append(log, 1);
  expect(await Promise.all(reads)).toMatchObject([{ done: false }, { done: false }]);
  expect(log.opened).toBe(2);
});

test("the time of a call that others share is not a reader's time, which ends with the call's limit", async () => {
  const { log, clock, streams } = start();
  const first = streams.read({ id: "log", ...START }, callsOf("ada"))[Symbol.asyncIterator]();
  await append(log, 1);
  await first.next();
  clock.advance(LIMIT_MS - 1);
  const second = new Person(streams);
  await settle();
  const overtime = first.next();
  clock.advance(1);
  log.fail(new ConnectError("10 s", Code.DeadlineExceeded));
  await expect(overtime).rejects.toMatchObject({ code: Code.DeadlineExceeded });

  await append(log, 1);
  expect([second.text, log.opened]).toEqual([log.texts, 2]);
  const third = streams.read({ id: "log", ...START }, callsOf("ada"))[Symbol.asyncIterator]();
  await settle();
  clock.advance(LIMIT_MS);
  log.heartbeat();
  await expect(third.next()).rejects.toMatchObject({ code: Code.DeadlineExceeded });
});

test("a reader that rests has no call, and goes on behind its last message", async () => {
  const { log, streams } = start();
  const reader: RestingIterator<Message> = streams
    .read({ id: "log", ...START }, callsOf("ada"))
    [Symbol.asyncIterator]();
  log.append();
  expect(await reader.next()).toMatchObject({ value: { sequence: 1 } });
  reader.rest?.();
  await settle();
  expect([log.opened, log.calls.size]).toEqual([1, 0]);

  log.append();
  log.append("last");
  expect(await reader.next()).toMatchObject({ value: { sequence: 2 } });
  expect(await reader.next()).toMatchObject({ value: { sequence: 3 } });
  expect(await reader.next()).toMatchObject({ done: true });
  expect([log.opened, log.calls.size]).toEqual([2, 0]);
});

test("a reader whose signal aborts ends at once with that, and the others go on", async () => {
  const { log, streams } = start();
  const stopping = new AbortController();
  const stopped = streams.read({ id: "log", ...START }, callsOf("ada", stopping.signal))[Symbol.asyncIterator]();
  const other = new Person(streams);
  const read = stopped.next();
  await settle();
  stopping.abort();
  await expect(read).rejects.toMatchObject({ code: Code.Canceled });
  await append(log, 1);
  expect([other.text, log.opened]).toEqual([log.texts, 1]);
});

test("a call that ends with DEADLINE_EXCEEDED at once is not begun again", async () => {
  const { log, streams } = start();
  const open = vi.spyOn(log, "open").mockImplementation(() => {
    log.opened += 1;
    if (log.opened > 10) throw new Error("begun again and again");
    const call = new Call(START, log);
    call.fail(new ConnectError("the service has a shorter limit", Code.DeadlineExceeded));
    return call;
  });
  const readers = [1, 2].map(() => streams.read({ id: "log", ...START }, callsOf("ada"))[Symbol.asyncIterator]());
  const reads = await Promise.allSettled(readers.map((each) => each.next()));
  expect(reads).toMatchObject(reads.map(() => ({ status: "rejected", reason: { code: Code.DeadlineExceeded } })));
  expect(open).toHaveBeenCalledTimes(2); // each of them has begun one
});

/** Turns of the event loop's promises between the service's message and its reader: at one of them the reader has been woken. */
const TURNS: readonly number[] = [0, 1, 2, 3, 4];

async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

test.for(TURNS)(
  "a message that comes as the last reader leaves brings no stream back: %i turns before",
  async (turns) => {
    const { log, streams } = start(({ sequence }) => `message ${sequence}`);
    const reader = streams.read({ id: "log", ...START }, callsOf("ada"))[Symbol.asyncIterator]();
    void reader.next();
    await settle();
    log.append();
    await pass(turns);
    await reader.return?.();
    await settle();
    const other = streams.read({ id: "message 1", ...START }, callsOf("ada"))[Symbol.asyncIterator]();
    expect(await other.next()).toMatchObject({ value: { sequence: 1 } });
    expect([log.opened, log.calls.size]).toEqual([2, 1]);
  },
);

test.for(TURNS)("a message that comes as the signal aborts makes no plain end: %i turns before", async (turns) => {
  const { log, streams } = start();
  const stopping = new AbortController();
  const reader = streams.read({ id: "log", ...START }, callsOf("ada", stopping.signal))[Symbol.asyncIterator]();
  const read = reader.next().then(
    ({ done }) => (done === true ? "end" : "message"),
    ({ code }: ConnectError) => code,
  );
  await settle();
  log.append();
  await pass(turns);
  stopping.abort();
  expect(["message", Code.Canceled]).toContain(await read);
});
