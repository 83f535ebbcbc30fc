import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type BucketState, InProcessBuckets, type TokenBuckets } from "@agent-team/journal/token-buckets";
import { expect, test } from "vitest";
import { ANSWER_WITHIN_MS, Limits, PAUSE_MS } from "./limits.ts";

const LIMIT = { name: "requests", perMinute: 8 };

/** Shared buckets that a test makes silent. */
class TestBuckets implements TokenBuckets {
  isReady = true;
  mode: "answers" | "silent" | "refuses" = "answers";
  asked = 0;
  readonly #buckets: InProcessBuckets;

  constructor(clock: FakeClock) {
    this.#buckets = new InProcessBuckets(clock);
  }

  take(key: string, perMinute: number): Promise<BucketState> {
    this.asked += 1;
    if (this.mode === "refuses") return Promise.reject(new Error("full"));
    return this.mode === "silent" ? new Promise(() => {}) : this.#buckets.take(key, perMinute);
  }

  close(): Promise<void> {
    return this.#buckets.close();
  }
}

function limitsOver(clock: FakeClock): { limits: Limits; shared: TestBuckets; lines: string[] } {
  const lines: string[] = [];
  const shared = new TestBuckets(clock);
  const logger = {
    warn: (text: string) => void lines.push(text),
    info: (_: object, text: string) => void lines.push(text),
  };
  return { limits: new Limits({ shared, clock, logger: logger as never }), shared, lines };
}

test("buckets that are silent are waited for once, and asked again after a pause", async () => {
  const clock = new FakeClock();
  const { limits, shared, lines } = limitsOver(clock);
  shared.mode = "silent";
  const first = limits.take(LIMIT, "ada");
  await clock.advanceAsync(ANSWER_WITHIN_MS);

  expect(await first).toEqual({ isAllowed: true, remaining: 1, resetSeconds: 30, perMinute: 2 });
  expect(await limits.take(LIMIT, "ada")).toMatchObject({ isAllowed: true, remaining: 0 });
  expect(await limits.take(LIMIT, "ada")).toMatchObject({ isAllowed: false, perMinute: 2 });
  expect(shared.asked).toBe(1);
  expect(limits.metrics()).toContain("\ngateway_requests_limited_alone_total 3\n");

  shared.mode = "answers";
  clock.advance(PAUSE_MS);
  expect(await limits.take(LIMIT, "ada")).toMatchObject({ isAllowed: true, remaining: 7, perMinute: 8 });
  expect(lines).toEqual([
    expect.stringMatching(/^Redis does not answer in time: /),
    "the limits of callers are shared again",
  ]);
  expect(clock.pendingTimers).toBe(0);
});

test.each(["away", "refuses"] as const)("buckets that are not there, or refuse, cost no wait: %s", async (how) => {
  const { limits, shared } = limitsOver(new FakeClock());
  if (how === "away") shared.isReady = false;
  else shared.mode = "refuses";

  expect(await limits.take({ ...LIMIT, perMinute: 3 }, "ada")).toMatchObject({ isAllowed: true, perMinute: 1 });
  expect(await limits.take({ ...LIMIT, perMinute: 3 }, "ada")).toMatchObject({ isAllowed: false, perMinute: 1 });
});
