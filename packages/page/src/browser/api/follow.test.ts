import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { type Followed, type FollowOptions, follow } from "./follow.ts";
import { ProblemError } from "./problem.ts";

const event = (id: number): string => `id: ${id}\nevent: ${id === 4 ? "end" : "message"}\ndata: ${id}\n\n`;

/** What one connection does. */
type Connection = Error | ((signal: AbortSignal) => Response);

function stream(text: string, end: "closes" | "breaks" | "hangs"): Connection {
  return (signal) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (text !== "") controller.enqueue(new TextEncoder().encode(text));
        if (end === "closes") return controller.close();
        // As fetch does it.
        signal.addEventListener("abort", () => controller.error(signal.reason));
        if (end === "breaks") setImmediate(() => controller.error(new TypeError("network error")));
      },
    });
    return new Response(body);
  };
}

interface Reader {
  readonly clock: FakeClock;
  readonly cursors: (string | undefined)[];
  readonly abort: AbortController;
  readonly events: AsyncGenerator<Followed>;
}

function reader(connections: readonly Connection[], more: Partial<FollowOptions> = {}): Reader {
  const clock = new FakeClock();
  const cursors: (string | undefined)[] = [];
  const abort = new AbortController();
  const open = async (cursor: string | undefined, signal: AbortSignal): Promise<Response> => {
    const next = connections[cursors.length];
    cursors.push(cursor);
    if (next === undefined) throw new Error("one connection too many");
    if (next instanceof Error) throw next;
    return next(signal);
  };
  const options = {
    open,
    isLast: ({ name }: { name: string }) => name === "end",
    signal: abort.signal,
    clock,
    random: () => 0.5,
  };
  return { clock, cursors, abort, events: follow({ ...options, ...more }) };
}

/** Reads to the end; the pauses between connections pass at once. */
async function readAll({ events, clock }: Reader): Promise<readonly string[]> {
  const read: string[] = [];
  for (let next = events.next(); ; next = events.next()) {
    const waiting = read.at(-1) === "broken";
    if (waiting) await settle(() => clock.advance(5_000));
    const { done, value } = await next;
    if (done === true) return read;
    read.push(value.kind === "broken" ? "broken" : value.event.data);
  }
}

/** Lets the microtasks of a step run before time passes. */
async function settle(then: () => void): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  then();
}

test("a connection that breaks, one that ends early and one that never comes are replaced behind the last event", async () => {
  const follower = reader([
    stream(event(1), "breaks"),
    new TypeError("no connection"),
    new ProblemError(503, "later", "", 1_000),
    stream(event(2) + event(3), "closes"),
    stream(event(4), "closes"),
  ]);
  expect(await readAll(follower)).toEqual(["1", "broken", "broken", "broken", "2", "3", "broken", "4"]);
  expect(follower.cursors).toEqual([undefined, "1", "1", "1", "3"]);
});

test("204 is the end, and so is a failure that stays", async () => {
  expect(await readAll(reader([() => new Response(null, { status: 204 })], { after: "4" }))).toEqual([]);
  await expect(readAll(reader([new ProblemError(404, "no such turn", "", undefined)]))).rejects.toThrow("no such turn");
});

test("after an event that begins anew the cursor is gone", async () => {
  const isRestart = ({ data }: { data: string }): boolean => data === "2";
  const follower = reader([stream(event(1) + event(2), "closes"), stream(event(4), "closes")], { isRestart });
  expect(await readAll(follower)).toEqual(["1", "2", "broken", "4"]);
  expect(follower.cursors).toEqual([undefined, undefined]);
});

test("a connection that is silent for 20 s is replaced, and an abort ends everything", async () => {
  const { events, clock, abort, cursors } = reader([stream(event(1), "hangs"), stream("", "hangs")]);
  expect(await events.next()).toMatchObject({ value: { event: { data: "1" } } });
  const silent = events.next();
  await settle(() => clock.advance(20_000));
  expect(await silent).toMatchObject({ value: { kind: "broken" } });
  const next = events.next();
  await settle(() => clock.advance(5_000));
  await settle(() => abort.abort());
  expect(await next).toMatchObject({ done: true });
  expect(cursors).toEqual([undefined, "1"]);
});
