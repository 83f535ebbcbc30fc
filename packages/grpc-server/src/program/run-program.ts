import { isConfigError } from "../config-error.ts";
import { stackOf } from "../loggable.ts";

/**
 * The top level of each `main.ts`. Runs `main`; if it fails, writes the reason to standard error and exits 1: the lines of
 * a `ConfigError`, the stack of any other error.
 */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${isConfigError(error) ? error.message : stackOf(error)}\n`);
    process.exit(1);
  }
}
