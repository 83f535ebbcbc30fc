import type { Clock, Timer } from "@agent-team/foundation/clock";
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
  return new Drain(server, { clock, lameDuckMs, lameDuckQuietMs: 5_000, stopTimeoutMs });
}

describe("start", () => {
  test("serves as before until discovery has changed, then sends GOAWAY and listens on until it is quiet", async () => {
    const drain = drainIn(13_000, 120_000);
    drain.start();
    expect(server.steps).toEqual(["0 didStartDrain"]);
    expect(drain.state).toBe("lame-duck");
    clock.advanceTo(12_999);
    expect(server.steps).toHaveLength(1);

    clock.advanceTo(13_000);
    expect(server.steps[1]).toBe("13000 goAway");
    expect(drain.state).toBe("leaving");
    clock.advanceTo(17_999);
    expect(server.steps).toHaveLength(2);

    clock.advanceTo(18_000);
    expect(server.steps[2]).toBe("18000 stopListening");
    expect(drain.state).toBe("draining");

    server.lastConnection.resolve();
    await drain.stopped;
    expect(drain.state).toBe("stopped");
    expect(clock.pending).toBe(0);
  });

  test("each connection that comes after GOAWAY makes it listen 5 s more", () => {
    const drain = drainIn(13_000, 120_000);
    drain.start();
    drain.didConnect(); // before GOAWAY a connection is what every connection is
    for (let atMs = 16_000; atMs <= 25_000; atMs += 3_000) {
      clock.advanceTo(atMs);
      drain.didConnect();
    }
    expect(drain.state).toBe("leaving");
    clock.advanceTo(30_000);

    expect(server.steps.slice(1)).toEqual(["13000 goAway", "30000 stopListening"]);
    drain.didConnect();
    expect(drain.state).toBe("draining");
  });

  test("while connections keep coming, listening ends 5 s before the stop timeout, with the calls", () => {
    const drain = drainIn(13_000, 120_000);
    drain.start();
    for (let atMs = 14_000; atMs < 115_000; atMs += 1_000) {
      clock.advanceTo(atMs);
      drain.didConnect();
    }
    clock.advanceTo(120_000);

    expect(server.steps.slice(2)).toEqual(["115000 stopListening", "115000 failCalls", "120000 disconnect"]);
  });

  test("fails what is left 5 s before the end and cuts what is left then", async () => {
    const drain = drainIn(13_000, 30_000);
    drain.start();
    clock.advanceTo(60_000);

    expect(server.steps.slice(3)).toEqual(["25000 failCalls", "30000 disconnect"]);
    await drain.stopped;
  });

  test("a lame-duck time of 0 sends GOAWAY and stops listening at once, in order", () => {
    drainIn(0, 30_000).start();
    clock.advanceTo(0);

    expect(server.steps).toEqual(["0 didStartDrain", "0 goAway", "0 stopListening"]);
  });

  test("a lame-duck time longer than the whole stop ends with the abort", () => {
    drainIn(60_000, 4_000).start();
    clock.advanceTo(60_000);

    expect(server.steps.slice(1)).toEqual(["2000 goAway", "2000 stopListening", "2000 failCalls", "4000 disconnect"]);
  });

  test("a second start changes nothing", () => {
    const drain = drainIn(13_000, 30_000);
    drain.start();
    drain.start();

    expect(server.steps).toHaveLength(1);
    expect(clock.pending).toBe(1);
  });
});

describe("hurry", () => {
  test("while serving, does everything at once", () => {
    drainIn(13_000, 30_000).hurry();

    expect(server.steps).toEqual(["0 didStartDrain", "0 goAway", "0 stopListening", "0 failCalls"]);
  });

  test.for([
    ["in the lame-duck time", 1_000, ["1000 goAway", "1000 stopListening", "1000 failCalls", "6000 disconnect"]],
    ["after GOAWAY", 14_000, ["13000 goAway", "14000 stopListening", "14000 failCalls", "19000 disconnect"]],
  ] as const)("%s, skips the rest, and cuts connections after the margin", ([, atMs, steps]) => {
    const drain = drainIn(13_000, 30_000);
    drain.start();
    clock.advanceTo(atMs);
    drain.hurry();
    drain.hurry();
    clock.advanceTo(60_000);

    expect(server.steps.slice(1)).toEqual(steps);
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
