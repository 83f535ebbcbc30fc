/**
 * Whether an expression runs, and how much CPU time its process had used when it began. Shared by the thread that runs
 * expressions and the thread that supervises it. They cannot exchange messages: the first may be in a loop, the second sleeps.
 */
export class Turns {
  /** The number of the turn that runs, 0 between turns; in the second 8 bytes the CPU time at its beginning. */
  readonly cells: SharedArrayBuffer;
  readonly #turn: Int32Array;
  readonly #usedMs: Float64Array;
  #last = 0;

  constructor(cells: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.cells = cells;
    this.#turn = new Int32Array(cells, 0, 1);
    this.#usedMs = new Float64Array(cells, 8, 1);
  }

  begin(): void {
    this.#usedMs[0] = cpuMs();
    this.#last = (this.#last % 0x7fff_ffff) + 1;
    Atomics.store(this.#turn, 0, this.#last);
    Atomics.notify(this.#turn, 0);
  }

  /** Does not wake the supervisor: it reads the change at its next look. */
  end(): void {
    Atomics.store(this.#turn, 0, 0);
  }

  /** Blocks until a turn runs, and returns its number. */
  awaitTurn(): number {
    for (;;) {
      const turn = Atomics.load(this.#turn, 0);
      if (turn !== 0) return turn;
      Atomics.wait(this.#turn, 0, 0);
    }
  }

  /** Blocks for `ms`; false when the turn has ended by then. */
  stillRuns(turn: number, ms: number): boolean {
    Atomics.wait(this.#turn, 0, turn, ms);
    return Atomics.load(this.#turn, 0) === turn;
  }

  /** CPU time that this process has used since the turn began, in milliseconds. */
  get turnMs(): number {
    return cpuMs() - (this.#usedMs[0] ?? 0);
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
