import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./command.ts";

/** The values of `node:util`'s `parseArgs` for these options. */
export type ParsedOptions<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ readonly options: Options; readonly allowPositionals: true }>
>;

/** Reads flags and words. Throws a `UsageError` for a flag that is unknown or lacks its value, and for too many words. */
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
    // parseArgs says what is wrong in the first sentence and advises in the others.
    if (error instanceof TypeError) throw new UsageError(error.message.split(". ")[0], { cause: error });
    throw error;
  }
}

/** A whole number within bounds, from a flag or a variable that `name` names. */
export function parseInteger(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name}=${text}: expected a whole number from ${min} to ${max}`);
}
