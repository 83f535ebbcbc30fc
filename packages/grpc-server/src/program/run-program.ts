import { isConfigError } from "../config-error.ts";

/**
 * The top level of each `main.ts`: runs `main` and turns its failure into an exit code of 1 with a readable reason on
 * standard error: a `ConfigError` with its lines alone, anything else with its stack.
 */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${isConfigError(error) ? error.message : describe(error)}\n`);
    process.exit(1);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
