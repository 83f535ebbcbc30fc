// The store does not answer one command of a run or of a schedule, each command in turn: the run ends, once, and each node keeps its
// contract; each firing starts one run.
import { RunState } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { InProcessJournal } from "@agent-team/journal";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test, vi } from "vitest";
import type { RunEvent } from "../src/run-event.ts";
import { DEFAULT_LEASE_MS } from "../src/run-queue.ts";
import { JournalRunLog } from "../src/store/journal-run-log.ts";
import { isTombstone } from "../src/store/tombstone.ts";
import { type Instance, instance } from "./engine-on-loopback.ts";
import { type Failure, failingJournal } from "./failing-journal.ts";
import { httpServerOnLoopback, json, type LoopbackHttpServer, type Seen } from "./http-server-on-loopback.ts";
import { create, idOf, plain } from "./running.ts";
import { cron, delay, fetching, manual, specOf } from "./specs.ts";

/** Within it an engine renews its runs. */
const STEP_MS: number = DEFAULT_LEASE_MS - 100;

/** So many steps after a failure everything is as it would have been. */
const STEPS = 5;

/** A request, a wait for which the run is parked, and a request that is never sent twice. */
function specFor({ url }: LoopbackHttpServer): ReturnType<typeof specOf> {
  const timeout = durationFromMs(600_000); // the clock of the test is faster than the loopback
  const once = { rerunOnTakeover: false, continueOnError: true };
  return specOf(
    [
      manual(),
      fetching("again", { method: "POST", url: `${url}/again` }, { timeout }),
      delay("wait", 8),
      fetching("once", { method: "POST", url: `${url}/once` }, { timeout, ...once }),
    ],
    ["start -> again", "again -> wait", "wait -> once"],
  );
}

interface Pair {
  readonly clock: FakeClock;
  readonly store: InProcessJournal;
  /** It has the failure. */
  readonly first: Instance;
  readonly second: Instance;
  /** Time passes, and both engines look for what is due, the first one first. */
  pass(ms: number): Promise<void>;
  /** Ends both, and resolves to the number of commands of the first one. */
  end(): Promise<number>;
}

async function pair(failure: Failure, allowHosts = ""): Promise<Pair> {
  const clock = new FakeClock();
  const store = new InProcessJournal({ clock });
  const failing = failingJournal(store, failure);
  const options = { clock, allowHosts, env: { LOG_LEVEL: "fatal" } };
  const first = await instance({ ...options, journal: failing.journal });
  const second = await instance({ ...options, journal: store });
  const both = [first, second];
  return {
    clock,
    store,
    first,
    second,
    async pass(ms) {
      await clock.advanceAsync(ms);
      for (const { engine } of both) await engine.tick().catch(() => {}); // the failure is among these commands
    },
    async end() {
      let isDrained = false;
      void Promise.all(both.map(({ engine }) => engine.drained())).then(() => (isDrained = true));
      await vi.waitUntil(() => {
        clock.advance(STEP_MS);
        return isDrained;
      });
      await Promise.all(both.map((each) => each.close()));
      return failing.commands();
    },
  };
}

interface Outcome {
  /** Commands of the first engine. */
  readonly commands: number;
  readonly events: readonly RunEvent[];
  readonly seen: readonly Seen[];
}

/** One run. Its caller repeats its request until an engine answers. */
async function runWith(failure: Failure, server: LoopbackHttpServer): Promise<Outcome> {
  const { store, first, second, pass, end } = await pair(failure, server.authority);
  const before = server.seen.length;
  const request = { workflowId: await create(second.client, specFor(server)), requestId: "the request" };
  const started = first.client.startRun(request);
  const { run } = await started.catch(() => (failure.isEnd ? second : first).client.startRun(request));

  const events = await vi.waitUntil(
    async () => {
      await pass(STEP_MS);
      const log = await JournalRunLog.open(store, idOf(run));
      return log !== undefined && !isTombstone(log) && log.hasEnded ? log.events : undefined;
    },
    { interval: 5, timeout: 20_000 },
  );
  return { commands: await end(), events, seen: server.seen.slice(before) };
}

/** Two firings of a schedule, a minute from each other: the commands of the first engine, and the moments of the runs that ended. */
async function firingsWith(
  failure: Failure,
): Promise<{ readonly commands: number; readonly fired: readonly unknown[] }> {
  const { clock, second, pass, end } = await pair(failure);
  const workflowId = await create(second.client, specOf([cron("* * * * *")]));
  await second.client.setWorkflowActive({ workflowId, active: true });
  for (let firing = 0; firing < 2; firing++) {
    clock.advance(60_000 - STEPS * STEP_MS);
    for (let step = 0; step < STEPS; step++) await pass(STEP_MS);
  }
  for (let step = 0; step < STEPS; step++) await pass(STEP_MS);
  const { runs } = await second.client.listRuns({ state: RunState.SUCCEEDED });
  const ended = await Promise.all(runs.map(({ id }) => second.client.getRun({ runId: id })));
  return { commands: await end(), fired: ended.map(({ run }) => plain(run?.output)).toReversed() };
}

const FAILURES = [
  { name: "has no effect", isDone: false, isEnd: false },
  { name: "has its effect and no answer", isDone: true, isEnd: false },
  { name: "has no effect, and the engine dies", isDone: false, isEnd: true },
  { name: "has its effect, and the engine dies", isDone: true, isEnd: true },
];

test.for(FAILURES)(
  "a schedule fires each time once when one command of its engine $name, each command in turn",
  {
    timeout: 120_000,
  },
  async (given) => {
    let at = 0;
    for (let commands = 1; at < commands; at++) {
      const outcome = await firingsWith({ ...given, at });
      commands = outcome.commands;
      expect(outcome.fired, `command ${at}`).toMatchObject([
        { scheduled_time: "2026-01-01T00:01:00.000Z", missed: 0 },
        { scheduled_time: "2026-01-01T00:02:00.000Z", missed: 0 },
      ]);
    }
    expect(at).toBeGreaterThan(20);
  },
);

test.for(FAILURES)(
  "a run ends when one command of its engine $name, each command in turn",
  { timeout: 120_000 },
  async (given) => {
    const server = await httpServerOnLoopback({ "/again": json("ok"), "/once": json("ok") });
    let at = 0;
    for (let commands = 1; at < commands; at++) {
      const outcome = await runWith({ ...given, at }, server);
      commands = outcome.commands;
      const { events, seen } = outcome;
      const what = `command ${at}: ${JSON.stringify(events)}`;
      const ends = (id: string): number =>
        events.filter((event) => "nodeId" in event && event.nodeId === id && /succeeded|failed|woken/.test(event.type))
          .length;

      expect(
        events.filter(({ type }) => type === "run_ended"),
        what,
      ).toMatchObject([{ state: "succeeded" }]);
      expect(["start", "again", "wait", "once"].map(ends), what).toEqual([1, 1, 1, 1]);
      const sent = (path: string): readonly unknown[] => seen.filter((each) => each.path === path);
      expect(sent("/once").length, what).toBeLessThanOrEqual(1);
      expect(sent("/again").length, what).toBeLessThanOrEqual(2);
      expect(new Set(seen.map(({ path, headers }) => path + headers["idempotency-key"])).size, what).toBe(
        1 + sent("/once").length,
      );
    }
    expect(at).toBeGreaterThan(20);
  },
);
