import type { Clock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, expect, test } from "vitest";
import { Drain, type Drainable } from "./drain.ts";

/** Records each step with its time. The test ends the last connection. */
class RecordedServer implements Drainable {
  readonly steps: string[] = [];
  readonly lastConnection = Promise.withResolvers<void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  didStartDrain = (): void => this.#record("didStartDrain");
  goAway = (): void => this.#record("goAway");
  stopListening = (): void => this.#record("stopListening");
  failCalls = (): void => this.#record("failCalls");
  disconnected = (): Promise<void> => this.lastConnection.promise;
  disconnect = (): void => {
    this.#record("disconnect");
    this.lastConnection.resolve();
  };

  #record(step: string): void {
    this.steps.push(`${this.#clock.now()} ${step}`);
  }
}

let clock: FakeClock;
let server: RecordedServer;

beforeEach(() => {
  clock = new FakeClock();
  server = new RecordedServer(clock);
});

/** Advances to an instant after the start of the test. */
function advanceTo(ms: number): void {
  clock.advance(ms - clock.now());
}

function drainIn(lameDuckMs: number, stopTimeoutMs: number): Drain {
  return new Drain(server, { clock, lameDuckMs, lameDuckQuietMs: 5_000, stopTimeoutMs });
}

test("a drain serves normally for the lame-duck time, then sends GOAWAY and listens until no connection arrives", async () => {
  const drain = drainIn(13_000, 120_000);
  drain.start();
  expect(server.steps).toEqual(["0 didStartDrain"]);
  expect(drain.state).toBe("lame-duck");
  advanceTo(12_999);
  expect(server.steps).toHaveLength(1);

  advanceTo(13_000);
  expect(server.steps[1]).toBe("13000 goAway");
  expect(drain.state).toBe("leaving");
  advanceTo(17_999);
  expect(server.steps).toHaveLength(2);

  advanceTo(18_000);
  expect(server.steps[2]).toBe("18000 stopListening");
  expect(drain.state).toBe("draining");

  server.lastConnection.resolve();
  await drain.stopped;
  expect(drain.state).toBe("stopped");
  expect(clock.pendingTimers).toBe(0);
});

test("after each connection that arrives after GOAWAY it listens for 5 s more", () => {
  const drain = drainIn(13_000, 120_000);
  drain.start();
  drain.didConnect(); // before GOAWAY a connection changes nothing
  for (let atMs = 16_000; atMs <= 25_000; atMs += 3_000) {
    advanceTo(atMs);
    drain.didConnect();
  }
  expect(drain.state).toBe("leaving");
  advanceTo(30_000);

  expect(server.steps.slice(1)).toEqual(["13000 goAway", "30000 stopListening"]);
  drain.didConnect();
  expect(drain.state).toBe("draining");
});

test("while connections keep arriving, listening ends 5 s before the stop timeout, with the calls", () => {
  const drain = drainIn(13_000, 120_000);
  drain.start();
  for (let atMs = 14_000; atMs < 115_000; atMs += 1_000) {
    advanceTo(atMs);
    drain.didConnect();
  }
  advanceTo(120_000);

  expect(server.steps.slice(2)).toEqual(["115000 stopListening", "115000 failCalls", "120000 disconnect"]);
});

test("a drain fails the remaining calls 5 s before the end, and destroys the remaining connections at the end", async () => {
  const drain = drainIn(13_000, 30_000);
  drain.start();
  advanceTo(60_000);

  expect(server.steps.slice(3)).toEqual(["25000 failCalls", "30000 disconnect"]);
  await drain.stopped;
});

test("a lame-duck time of 0 sends GOAWAY and stops listening at once, in order", () => {
  drainIn(0, 30_000).start();
  advanceTo(0);

  expect(server.steps).toEqual(["0 didStartDrain", "0 goAway", "0 stopListening"]);
});

test("a lame-duck time longer than the whole stop ends with the abort", () => {
  drainIn(60_000, 4_000).start();
  advanceTo(60_000);

  expect(server.steps.slice(1)).toEqual(["2000 goAway", "2000 stopListening", "2000 failCalls", "4000 disconnect"]);
});

test("a second start changes nothing", () => {
  const drain = drainIn(13_000, 30_000);
  drain.start();
  drain.start();

  expect(server.steps).toHaveLength(1);
  expect(clock.pendingTimers).toBe(1);
});

test("a hurry while it serves takes all steps at once", () => {
  drainIn(13_000, 30_000).hurry();

  expect(server.steps).toEqual(["0 didStartDrain", "0 goAway", "0 stopListening", "0 failCalls"]);
});

test.for([
  ["in the lame-duck time", 1_000, ["1000 goAway", "1000 stopListening", "1000 failCalls", "6000 disconnect"]],
  ["after GOAWAY", 14_000, ["13000 goAway", "14000 stopListening", "14000 failCalls", "19000 disconnect"]],
] as const)("a hurry %s skips the remaining waits, and destroys connections after the margin", ([, atMs, steps]) => {
  const drain = drainIn(13_000, 30_000);
  drain.start();
  advanceTo(atMs);
  drain.hurry();
  drain.hurry();
  advanceTo(60_000);

  expect(server.steps.slice(1)).toEqual(steps);
});

test("a hurry after the end changes nothing", async () => {
  const drain = drainIn(0, 30_000);
  drain.start();
  advanceTo(0);
  server.lastConnection.resolve();
  await drain.stopped;
  drain.hurry();

  expect(drain.state).toBe("stopped");
  expect(server.steps).toHaveLength(3);
});
