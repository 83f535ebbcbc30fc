import { type ChildProcess, spawn } from "node:child_process";
import { systemClock } from "@agent-team/foundation/clock";
import type { JsonValue } from "@bufbuild/protobuf";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { EncodedScope, type Scope } from "../expressions.ts";
import { ExpressionEvaluator } from "./evaluator.ts";
import type { StartChild } from "./expression-process.ts";
import { startChild } from "./start-child.ts";

const scope: Scope = {
  input: { total: 12, items: [{ price: 3 }, { price: 9 }] },
  nodes: { fetch: { status: 200 } },
  trigger: { by: "hand" },
};

const ENDLESS = "( $f := function($n) { $f($n + 1) }; $f(0) )";

type Evaluate = (
  expression: string,
  given?: { owner?: string; signal?: AbortSignal; input?: JsonValue },
) => Promise<JsonValue>;

/** Processes are dear to start: tests that neither close the evaluator nor look at its processes share one. */
const shared = new ExpressionEvaluator({ clock: systemClock });
afterAll(() => shared.close());

interface Evaluating {
  readonly evaluate: Evaluate;
  readonly expressions: ExpressionEvaluator;
}

function evaluating(options: { startChild?: StartChild } = {}): Evaluating {
  const expressions = new ExpressionEvaluator({ clock: systemClock, ...options });
  onTestFinished(() => expressions.close());
  return evaluatingBy(expressions);
}

function evaluatingBy(expressions: ExpressionEvaluator): Evaluating {
  const never = new AbortController().signal;
  return {
    expressions,
    evaluate: (expression, { owner = "ada", signal = never, input = scope.input } = {}) =>
      expressions.evaluate(expression, new EncodedScope({ ...scope, input }), { owner, lane: "", signal }),
  };
}

test.for([
  ["input.total > 10", true],
  ["$sum(input.items.price)", 12],
  ["nodes.fetch.status", 200],
  ["trigger.by & '!'", "hand!"],
  ["{ 'prices': input.items.price }", { prices: [3, 9] }],
  ["input.items[price > 5]", { price: 9 }],
  ["input.nothing", null],
  ["[1..3]", [1, 2, 3]],
] as const)("%s", async ([expression, value]) => {
  expect(await evaluatingBy(shared).evaluate(expression)).toEqual(value);
});

test.for<[why: string, expression: string, code: RegExp]>([
  ["an endless loop", ENDLESS, /^EXPRESSION_TIMEOUT$/],
  [
    "an endless regular expression",
    "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)",
    /^EXPRESSION_TIMEOUT$/,
  ],
  // Here either limit may come first: it depends on how fast the machine is.
  ["a range of ten million", "$count([1..9999999])", /^EXPRESSION_(TOO_LARGE|TIMEOUT)$/],
  ["a text of 500 million characters", '$pad("x",500000000)', /^EXPRESSION_(TOO_LARGE|TIMEOUT)$/],
  ["an error that it raises", "$error('no good')", /^EXPRESSION_FAILED$/],
  ["a wrong type", "'a' * 2", /^EXPRESSION_FAILED$/],
  ["broken syntax", "input.(", /^EXPRESSION_FAILED$/],
  ["a large result", "$pad('', 300000, '*')", /^OUTPUT_TOO_LARGE$/],
])("%s fails by itself, and the next expression is evaluated", async ([, expression, code]) => {
  const { evaluate } = evaluatingBy(shared);
  const [failed, next] = await Promise.allSettled([evaluate(expression), evaluate("input.total")]);

  expect(failed).toMatchObject({
    status: "rejected",
    reason: { name: "NodeFailure", code: expect.stringMatching(code) },
  });
  expect(next).toEqual({ status: "fulfilled", value: 12 });
});

test("ranges and texts of many millions are too large where there is time for them", async () => {
  const { evaluate } = evaluating({ startChild: () => startChild(20_000) });
  const large = ["$count([1..9999999])", "[1..10000000]", "$pad('', 200000000, 'x')", '$pad("x",500000000)'];
  const failed = await Promise.allSettled(large.map((each) => evaluate(each)));

  expect(failed.map((each) => each.status === "rejected" && each.reason.code)).toEqual(
    Array(4).fill("EXPRESSION_TOO_LARGE"),
  );
  expect(await evaluate("input.total")).toBe(12);
});

test("an expression can use neither the process nor JavaScript's constructors", async () => {
  const { evaluate } = evaluatingBy(shared);

  expect(await evaluate("process")).toBeNull();
  expect(await evaluate("input.constructor")).toBeNull();
  await expect(evaluate("$constructor('return process')()")).rejects.toMatchObject({ code: "EXPRESSION_FAILED" });
});

test("each of many concurrent expressions gets its own value, also with a scope of megabytes", async () => {
  const { evaluate } = evaluatingBy(shared);
  const values = Array.from({ length: 50 }, (_, at) => at);
  const all = values.map((at) =>
    evaluate("input.at * 2", { owner: `owner ${at % 3}`, input: { at, text: "x".repeat(at * 50_000) } }),
  );

  expect(await Promise.all(all)).toEqual(values.map((at) => at * 2));
});

test("during eight endless expressions of one owner, another owner's expression waits for none of them", async () => {
  const { evaluate } = evaluating();
  await Promise.all([evaluate("1", { owner: "greedy" }), evaluate("1", { owner: "ada" })]); // both processes have started
  const greedy = Array.from({ length: 8 }, () => evaluate(ENDLESS, { owner: "greedy" }));
  let ended = 0;
  for (const each of greedy) each.catch(() => (ended += 1));
  const all = Promise.allSettled(greedy);

  expect(await evaluate("input.total", { owner: "ada" })).toBe(12);
  // Waiting in line would take the CPU time of all eight. On a busy machine the first may end meanwhile.
  expect(ended).toBeLessThanOrEqual(1);
  expect((await all).map((each) => each.status === "rejected" && (each.reason as { code: string }).code)).toEqual(
    Array(8).fill("EXPRESSION_TIMEOUT"),
  );
});

test("an expression that is dropped while it waits or runs takes no further time", async () => {
  const { evaluate } = evaluating();
  await evaluate("1");
  const abort = new AbortController();
  const dropped = Array.from({ length: 200 }, () => evaluate(ENDLESS, { signal: abort.signal }));
  const all = Promise.allSettled(dropped);
  const reason = new Error("the node has ended");
  abort.abort(reason);
  const startedMs = performance.now();

  expect((await all).every((each) => each.status === "rejected" && each.reason === reason)).toBe(true);
  expect(await evaluate("input.total")).toBe(12);
  expect(performance.now() - startedMs).toBeLessThan(1000); // 200 of them would take 20 s
});

test("parse gives the problem with the syntax, or nothing", async () => {
  const { expressions } = evaluatingBy(shared);
  const turn = { owner: "ada", lane: "", signal: new AbortController().signal };

  expect(await expressions.parse("input.total > 1", turn)).toBeUndefined();
  expect(await expressions.parse("input.(", turn)).toMatch(/ at character \d+$/);
  expect(await expressions.parse("(".repeat(8000), turn)).toMatch(/.+/);
});

test("the text of an error is cut at 4 KiB and marked", async () => {
  const failure = await evaluatingBy(shared)
    .evaluate(`( $some := $pad('', 30000, 'x'); $error(${Array(100).fill("$some").join(" & ")}) )`)
    .catch((error: Error) => error);
  expect((failure as Error).message).toMatch(/^x+… \(cut: 3000000 bytes\)$/);
  expect(Buffer.byteLength((failure as Error).message)).toBeLessThanOrEqual(4096);
});

test("a closed evaluator evaluates nothing, and can be closed again", async () => {
  const { evaluate, expressions } = evaluating();

  await expressions.close();
  await expressions.close();
  await expect(evaluate("1")).rejects.toMatchObject({ code: "CANCELED" });
});

test("an expression that waits at the close, or comes after it, starts no process", async () => {
  const started: ChildProcess[] = [];
  const { evaluate, expressions } = evaluating({
    startChild: () => {
      const child = startChild();
      started.push(child);
      return child;
    },
  });
  const asked = Array.from({ length: 4 }, () => evaluate("1").catch((error: unknown) => error));
  await vi.waitFor(() => expect(started).toHaveLength(1)); // of one owner
  await expressions.close();

  for (const each of await Promise.all(asked)) expect(each).toMatchObject({ code: "CANCELED" });
  await expect(evaluate("1")).rejects.toMatchObject({ code: "CANCELED" });
  expect(started.map((each) => each.signalCode)).toEqual(["SIGKILL"]);
});

test.for([
  ["a frame above the limit", "Buffer.from([255, 255, 255, 255])"],
  ["a frame that is not JSON", 'frame("{")'],
])(
  "%s from its process fails an expression as a defect of the engine, and ends that process alone",
  async ([, bytes]) => {
    const program = `
    const frame = (text) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
    process.stdin.once("data", () => process.stdout.write(${bytes}));
    process.stdout.write(frame('{"kind":"ready"}'));
  `;
    const programs = [() => spawn(process.execPath, ["--eval", program], { stdio: "pipe" })];
    const { evaluate } = evaluating({ startChild: () => (programs.pop() ?? startChild)() });

    await expect(evaluate("1")).rejects.toMatchObject({ name: "ExpressionProcessEnded", reason: "protocol" });
    expect(await evaluate("1")).toBe(1);
  },
);
