import { isConfigError } from "../config-error.ts";
import { stackOf } from "../loggable.ts";

/**
 * The top level of each `main.ts`: runs `main` and turns its failure into an exit code of 1 with a readable reason on
 * standard error: a `ConfigError` with its lines alone, anything else with its stack.
 */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${isConfigError(error) ? error.message : stackOf(error)}\n`);
    process.exit(1);
  }
}
