// A whole answer: retries, the next model, models that rest, and what it cost.

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { expect, test, vi } from "vitest";
import { type Model, ModelError, type ModelEvent, type ModelFault } from "../src/model.ts";
import { RestingModels } from "../src/resting-models.ts";
import { type AskOptions, askFirst, type WholeAnswer } from "../src/whole-answer.ts";

type Script = readonly (ModelEvent | ModelError)[];

const STARTED: ModelEvent = { kind: "started" };
const said = (text: string): Script => [
  STARTED,
  { kind: "text", text },
  { kind: "usage", inputTokens: 10, outputTokens: 2 },
  { kind: "end", reason: "complete" },
];
const failing = (fault: ModelFault, retryAfterMs?: number): Script => [
  STARTED,
  new ModelError(fault, { retryAfterMs }),
];

/** Plays one script after another. */
class TestModel implements Model {
  readonly name: string;
  asked = 0;
  readonly #scripts: readonly Script[];

  constructor(name: string, ...scripts: readonly Script[]) {
    this.name = name;
    this.#scripts = scripts;
  }

  async *generate(): AsyncGenerator<ModelEvent> {
    const script = this.#scripts[Math.min(this.asked, this.#scripts.length - 1)] ?? [];
    this.asked += 1;
    for (const event of script) {
      if (event instanceof ModelError) throw event;
      yield event;
    }
  }
}

class Asking {
  readonly clock = new FakeClock();
  readonly resting: RestingModels = new RestingModels(this.clock);
  readonly faults: string[] = [];
  readonly stop = new AbortController();

  /** Moves time on until the answer is there. */
  async ask(models: readonly Model[], more: Partial<AskOptions> = {}): Promise<WholeAnswer> {
    let isSettled = false;
    const answer = askFirst(
      models,
      { system: "", messages: [] },
      {
        clock: this.clock,
        random: seededRandom(1),
        patience: { firstTokenMs: 30_000, idleMs: 15_000 },
        signal: this.stop.signal,
        resting: this.resting,
        maxCharacters: 100,
        onUsage: () => {},
        onFault: ({ name }, { fault }) => void this.faults.push(`${name} ${fault}`),
        ...more,
      },
    );
    answer.finally(() => (isSettled = true)).catch(() => {});
    await vi.waitUntil(
      async () => {
        await this.clock.advanceAsync(500);
        return isSettled;
      },
      { timeout: 20_000, interval: 1 },
    );
    expect(this.clock.pendingTimers).toBe(0);
    return answer;
  }
}

test("a passing fault is tried again, and each request counts in what the answer cost", async () => {
  const model = new TestModel("a", failing("overloaded"), failing("cut"), said("Hello."));
  const asking = new Asking();
  expect(await asking.ask([model])).toEqual({
    text: "Hello.",
    reason: "complete",
    model: "a",
    usage: { inputTokens: 10, outputTokens: 2, modelCalls: 3 },
  });
  expect(asking.faults).toEqual(["a overloaded", "a cut"]);
});

test("after three faults, a long wait or a fault that stays, the next model is asked", async () => {
  for (const [script, asked] of [
    [failing("garbage"), 3],
    [failing("rate-limited", 60_000), 1],
    [failing("stalled"), 1],
    [failing("request-refused"), 1],
    [failing("truncated"), 1],
  ] as const) {
    const first = new TestModel("a", script);
    const answer = await new Asking().ask([first, new TestModel("b", said("From b."))]);
    expect([first.asked, answer.model, answer.text]).toEqual([asked, "b", "From b."]);
  }
});

test("without a model that answers, the last fault is thrown", async () => {
  const models = [new TestModel("a", failing("stalled")), new TestModel("b", failing("request-refused"))];
  await expect(new Asking().ask(models)).rejects.toMatchObject({ name: "ModelError", fault: "request-refused" });
});

test("a refused key rests for ten minutes and is reported once", async () => {
  const refused = new TestModel("a", failing("key-refused"), failing("key-refused"), said("Again."));
  const asking = new Asking();
  await expect(asking.ask([refused])).rejects.toMatchObject({ fault: "key-refused" });
  await expect(asking.ask([refused])).rejects.toMatchObject({ fault: "key-refused" });
  expect([refused.asked, asking.faults]).toEqual([1, ["a key-refused"]]);
  await asking.clock.advanceAsync(600_000);
  await expect(asking.ask([refused])).rejects.toMatchObject({ fault: "key-refused" });
  await asking.clock.advanceAsync(600_000);
  expect(await asking.ask([refused])).toMatchObject({ text: "Again." });
  expect(asking.faults).toEqual(["a key-refused"]);
});

test("an answer above the limit, an empty one without a mark, and one that reached its tokens are no answers", async () => {
  await expect(new Asking().ask([new TestModel("a", said("x".repeat(101)))])).rejects.toMatchObject({
    fault: "garbage",
  });
  await expect(new Asking().ask([new TestModel("a", [STARTED])])).rejects.toMatchObject({ fault: "cut" });
  const truncated: Script = [STARTED, { kind: "text", text: "Hal" }, { kind: "end", reason: "truncated" }];
  await expect(new Asking().ask([new TestModel("a", truncated)])).rejects.toMatchObject({ fault: "truncated" });
});

test("an aborted signal ends a wait for the next attempt with its reason", async () => {
  const asking = new Asking();
  const answer = asking.ask([new TestModel("a", failing("overloaded", 9_000))], {
    onFault: () => queueMicrotask(() => asking.stop.abort(new Error("canceled"))),
  });
  await expect(answer).rejects.toThrow("canceled");
});
