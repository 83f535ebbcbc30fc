// The reader by ticket of docs/guides/configuration.md, in a browser that does what the test says.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";

const GUIDE = readFileSync(join(import.meta.dirname, "../../../docs/guides/configuration.md"), "utf8");
const [, READ_TURN = ""] = /^```js\n(async function readTurn\(.*?)^```$/ms.exec(GUIDE) ?? [];

interface ServerEvent {
  readonly type: string;
  readonly lastEventId: string;
}

class FakeEventSource {
  static readonly CLOSED = 2;
  readonly url: string;
  readyState = 1;
  onerror: () => void = () => {};
  readonly #listeners = new Map<string, (event: ServerEvent) => void>();

  constructor(url: string, opened: FakeEventSource[]) {
    this.url = url;
    opened.push(this);
  }

  addEventListener(type: string, listener: (event: ServerEvent) => void): void {
    this.#listeners.set(type, listener);
  }

  dispatch(type: string, lastEventId: string): void {
    this.#listeners.get(type)?.({ type, lastEventId });
  }

  /** As after a status other than 200. */
  end(): void {
    this.readyState = FakeEventSource.CLOSED;
    this.onerror();
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }
}

/** A page that reads the turn `t.1`. `answer`: of each request for a ticket. */
async function read(answer: (asked: number) => Response): Promise<{
  readonly opened: readonly FakeEventSource[];
  readonly pauses: readonly number[];
  /** Runs what the page waits with. */
  goOn(): Promise<void>;
}> {
  const opened: FakeEventSource[] = [];
  const pauses: number[] = [];
  let asked = 0;
  let later: () => Promise<void> = async () => {};
  const page = {
    GATEWAY: "",
    fetch: async () => answer(++asked),
    EventSource: class extends FakeEventSource {
      constructor(url: string) {
        super(url, opened);
      }
    },
    setTimeout(run: (...args: unknown[]) => Promise<void>, pauseMs: number, ...args: unknown[]) {
      pauses.push(pauseMs);
      later = () => run(...args);
    },
  };
  const readTurn = runInNewContext(`${READ_TURN}\nreadTurn`, page) as (...args: unknown[]) => Promise<void>;
  await readTurn(
    "t.1",
    async () => "token",
    () => {},
  );
  return {
    opened,
    pauses,
    async goOn() {
      const run = later;
      later = async () => {};
      await run();
    },
  };
}

const ticket = (asked: number): Response => Response.json({ events_url: `/v1/turns/t.1/events?ticket=${asked}` });

test("a stream that is closed goes on behind its last event, by another ticket, without a proof in the URL", async () => {
  const page = await read(ticket);
  page.opened[0]?.dispatch("message", "t.1.7-1-a~proof");
  page.opened[0]?.end();
  await page.goOn();
  expect(page.opened.map(({ url }) => url)).toEqual([
    "/v1/turns/t.1/events?ticket=1&after=",
    "/v1/turns/t.1/events?ticket=2&after=t.1.7-1-a",
  ]);
});

test("while no gateway issues a ticket, the page asks again with growing pauses, and stops after six pauses", async () => {
  const page = await read((asked) => {
    if (asked === 2) throw new TypeError("failed to fetch");
    if (asked === 3) return new Response("", { status: 503 });
    return asked === 4 ? new Response("", { status: 429 }) : ticket(asked);
  });
  page.opened[0]?.end();
  for (let times = 0; times < 4; times += 1) await page.goOn();
  expect([page.opened.length, page.pauses]).toEqual([2, [1_000, 2_000, 4_000, 8_000]]);

  page.opened[1]?.dispatch("message", "t.1.7-1-a~proof");
  page.opened[1]?.end();
  expect(page.pauses.at(-1)).toBe(1_000);
  for (let times = 0; times < 10; times += 1) {
    await page.goOn();
    const { readyState } = page.opened.at(-1) ?? {};
    if (readyState !== FakeEventSource.CLOSED) page.opened.at(-1)?.end(); // such as 404: there is no such turn
  }
  expect(page.pauses.slice(4)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
});

test("the end of the turn closes the stream", async () => {
  const page = await read(ticket);
  page.opened[0]?.dispatch("turn_completed", "t.1.9-1-a~proof");
  expect([page.opened[0]?.readyState, page.pauses]).toEqual([FakeEventSource.CLOSED, []]);
});
