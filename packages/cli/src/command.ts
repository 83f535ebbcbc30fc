/** Where a command writes and what it is told: the process's own, or a test's. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which the command was typed. */
  readonly cwd: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Aborted at Ctrl-C or SIGTERM: the command ends itself and leaves nothing behind. */
  readonly signal: AbortSignal;
}

/** One word of `agent-team`. */
export interface Command {
  readonly name: string;
  /** A line of the overview. */
  readonly summary: string;
  /** The text of `agent-team NAME --help`, without its first line. */
  readonly usage: string;
  /** Resolves to the exit code. A `UsageError` or a `LocalCloudError` is shown by its message alone. */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>;
}

/** The command line was wrong: one line that says what, then the usage, and exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
