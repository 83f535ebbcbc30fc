/**
 * What is wrong with the environment a program was started with: one line per variable, each naming the variable,
 * the value (secrets hidden) and what is expected. `runProgram` prints the lines and exits 1.
 */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";

  constructor(lines: string | readonly string[], options?: ErrorOptions) {
    super(typeof lines === "string" ? lines : lines.join("\n"), options);
  }
}

/** By name and not by class, so that an error made by another copy of this package is recognised too. */
export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && error.name === "ConfigError";
}
