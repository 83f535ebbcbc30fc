/** The inputs and outputs of a command: those of the process, or of a test. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly cwd: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** The terminal that standard output is; absent when it is a file or a pipe. */
  readonly terminal?: Terminal | undefined;
  /** Aborts at Ctrl-C or SIGTERM. The command must then stop what it started and return. */
  readonly signal: AbortSignal;
}

/** A terminal on which what was written can be drawn again. */
export interface Terminal {
  write(text: string): void;
  /** Its height in lines. */
  readonly rows: number;
}

/** One subcommand of `agent-team`. */
export interface Command {
  readonly name: string;
  /** Its line in `agent-team --help`. */
  readonly summary: string;
  /** The text of `agent-team NAME --help` after "Usage: ". */
  readonly usage: string;
  /** Resolves to the exit code. Of a `UsageError`, a `GatewayError` or a `LocalCloudError` only the message is printed. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

/** A wrong command line: `agent-team` prints the message in one line, then the usage, and exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
