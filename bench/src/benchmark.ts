/** What `main.ts` runs by name, and what it gets. */

export interface RunOptions {
  /** So few repetitions that the figures mean nothing, but each step is really taken: for tests. */
  readonly quick: boolean;
  /** Hears a line when there is something to say before the figures. */
  readonly tell: (line: string) => void;
  /** Hears how far it is. Each line replaces the one before it. */
  readonly progress: (line: string) => void;
}

/** Raw figures, never a verdict. */
export interface Figures {
  readonly unit: string;
  /** One figure, or one for each case that the benchmark goes through. */
  readonly ours: number | Readonly<Record<string, number>>;
  /** Those of the others in the same run, by name; none when the benchmark has no peers. */
  readonly peers: Readonly<Record<string, number>>;
  /** The same with another client of ours or other circumstances, measured in the same run. Default none. */
  readonly variants?: Readonly<Record<string, Variant>>;
  /** What a reader has to know to judge them. */
  readonly notes: readonly string[];
}

export interface Variant {
  /** Default: that of the whole benchmark. */
  readonly unit?: string | undefined;
  readonly ours: number;
  readonly peers: Readonly<Record<string, number>>;
}

export type Benchmark = (options: RunOptions) => Promise<Figures>;
