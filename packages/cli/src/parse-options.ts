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

/** Parses an id of the gateway, which its paths take as it is. `name`: the argument, for the error. */
export function parseId(name: string, text: string | undefined): string {
  if (text === undefined) throw new UsageError(`expected a ${name}`);
  if (/^[A-Za-z0-9._-]{1,128}$/.test(text)) return text;
  throw new UsageError(`${name}=${text}: expected 1 to 128 of A-Z a-z 0-9 . _ -`);
}

/** Parses a whole number within bounds. `name`: the flag or variable, for the error. */
export function parseInteger(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name}=${text}: expected a whole number from ${min} to ${max}`);
}
