import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { MemorySample } from "./records.ts";
import { SampleTable } from "./sample-table.ts";

const EVERY_MS = 1_000;
/** Shorter runs show no leak, and a collection of all garbage costs their calls some milliseconds. */
const LONG_MS = 120_000;
/** Machine code is no leak, and the compiler goes on for as long as new faults reach new lines. */
const CODE_SPACES = /code|trusted/;

/**
 * The memory of this process, once a second: what is resident and, in long runs, the objects that are alive. Resident
 * memory grows and shrinks with the collector's mood; what is alive after a full collection grows by a leak only.
 */
export class MemorySamples {
  readonly #resident: SampleTable;
  readonly #alive: SampleTable;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #collect: (() => void) | undefined;
  #timer: Timer;

  constructor(clock: Clock, { startMs, endMs }: { readonly startMs: number; readonly endMs: number }) {
    this.#clock = clock;
    this.#startMs = startMs;
    this.#collect = endMs >= LONG_MS ? garbageCollector() : undefined;
    const capacity = 2 * Math.ceil(endMs / EVERY_MS) + 60;
    this.#resident = new SampleTable(capacity);
    this.#alive = new SampleTable(capacity);
    this.#timer = this.#schedule();
  }

  get resident(): readonly MemorySample[] {
    return this.#resident.samples();
  }

  get alive(): readonly MemorySample[] {
    return this.#alive.samples();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #schedule(): Timer {
    return this.#clock.setTimer(EVERY_MS, () => {
      this.#sample();
      this.#timer = this.#schedule();
    });
  }

  #sample(): void {
    const atMs = this.#clock.now() - this.#startMs;
    const rss = readRss();
    if (rss !== undefined) this.#resident.add(atMs, rss);
    if (this.#collect === undefined) return;
    this.#collect();
    this.#alive.add(atMs, bytesOfObjects());
  }
}

function bytesOfObjects(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => !CODE_SPACES.test(name));
  return spaces.reduce((sum, { space_used_size: used }) => sum + used, process.memoryUsage().external);
}

/** As `--expose-gc` gives it: the process is started without options of its own. */
export function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Undefined while the process cannot open a file, which is what the scenario `fd-limit` is about. */
function readRss(): number | undefined {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}
