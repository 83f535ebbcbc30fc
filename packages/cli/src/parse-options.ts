import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./command.ts";

/** The result of `parseArgs` of `node:util` for these options. */
export type ParsedOptions<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ readonly options: Options; readonly allowPositionals: true }>
>;

/**
 * Parses flags and positional arguments.
 * @throws UsageError for an unknown flag, a flag without its value, and more than `maxPositionals` arguments
 */
export function parseOptions<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  maxPositionals = 0,
): ParsedOptions<Options> {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    const extra = parsed.positionals[maxPositionals];
    if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`);
    return parsed;
  } catch (error) {
    // The first sentence of parseArgs names the fault; the others are advice about its own syntax.
    if (error instanceof TypeError) throw new UsageError(error.message.split(". ")[0], { cause: error });
    throw error;
  }
}

/** Parses a whole number within bounds. `name`: the flag or variable, for the error. */
export function parseInteger(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name}=${text}: expected a whole number from ${min} to ${max}`);
}
