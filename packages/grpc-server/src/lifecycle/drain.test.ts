import type { Clock, Timer } from "@agent-team/grpc-client";
import { beforeEach, describe, expect, test } from "vitest";
import { Drain, type Drainable } from "./drain.ts";

/** Time that passes only when told to. */
class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  advanceTo(ms: number): void {
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= ms).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = ms;
  }

  get pending(): number {
    return this.#timers.size;
  }
}

/** Writes down each step with its time; its last connection ends when the test says so. */
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

let clock: ManualClock;
let server: RecordedServer;

beforeEach(() => {
  clock = new ManualClock();
  server = new RecordedServer(clock);
});

function drainIn(lameDuckMs: number, stopTimeoutMs: number): Drain {
  return new Drain(server, { clock, lameDuckMs, stopTimeoutMs });
}

describe("start", () => {
  test("serves through the lame-duck time, then stops listening, and has stopped with the last connection", async () => {
    const drain = drainIn(15_000, 30_000);
    drain.start();
    expect(server.steps).toEqual(["0 didStartDrain", "0 goAway"]);
    expect(drain.state).toBe("lame-duck");
    clock.advanceTo(14_999);
    expect(server.steps).toHaveLength(2);

    clock.advanceTo(15_000);
    expect(server.steps[2]).toBe("15000 stopListening");
    expect(drain.state).toBe("draining");

    server.lastConnection.resolve();
    await drain.stopped;
    expect(drain.state).toBe("stopped");
    expect(clock.pending).toBe(0);
  });

  test("fails what is left 5 s before the end and cuts what is left then", async () => {
    const drain = drainIn(15_000, 30_000);
    drain.start();
    clock.advanceTo(60_000);

    expect(server.steps.slice(3)).toEqual(["25000 failCalls", "30000 disconnect"]);
    await drain.stopped;
  });

  test("a lame-duck time of 0 stops listening at once, in order", () => {
    drainIn(0, 30_000).start();
    clock.advanceTo(0);

    expect(server.steps).toEqual(["0 didStartDrain", "0 goAway", "0 stopListening"]);
  });

  test("a lame-duck time longer than the whole stop ends with the abort", () => {
    drainIn(60_000, 4_000).start();
    clock.advanceTo(60_000);

    expect(server.steps.slice(2)).toEqual(["2000 stopListening", "2000 failCalls", "4000 disconnect"]);
  });

  test("a second start changes nothing", () => {
    const drain = drainIn(15_000, 30_000);
    drain.start();
    drain.start();

    expect(server.steps).toHaveLength(2);
    expect(clock.pending).toBe(1);
  });
});

describe("hurry", () => {
  test("while serving, does everything at once", () => {
    drainIn(15_000, 30_000).hurry();

    expect(server.steps).toEqual(["0 didStartDrain", "0 goAway", "0 stopListening", "0 failCalls"]);
  });

  test("in the lame-duck time, skips the rest of it, and cuts connections after the margin", () => {
    const drain = drainIn(15_000, 30_000);
    drain.start();
    clock.advanceTo(1_000);
    drain.hurry();
    drain.hurry();
    clock.advanceTo(60_000);

    expect(server.steps.slice(2)).toEqual(["1000 stopListening", "1000 failCalls", "6000 disconnect"]);
  });

  test("after the end, changes nothing", async () => {
    const drain = drainIn(0, 30_000);
    drain.start();
    clock.advanceTo(0);
    server.lastConnection.resolve();
    await drain.stopped;
    drain.hurry();

    expect(drain.state).toBe("stopped");
    expect(server.steps).toHaveLength(3);
  });
});
