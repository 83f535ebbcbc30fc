/**
 * The faults in the environment of a program: one line per variable, with its name, its value (secrets hidden) and what
 * is expected. `runProgram` prints the lines and exits 1.
 */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";

  constructor(lines: string | readonly string[], options?: ErrorOptions) {
    super(typeof lines === "string" ? lines : lines.join("\n"), options);
  }
}

/** Compares the name, not the class: an error of another copy of this package counts, too. */
export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && error.name === "ConfigError";
}
