/** The arguments of `npm run fuzz`. */

import { parseArgs } from "node:util";
import { TARGETS } from "./run.ts";

const COUNT = 1_000_000;

export interface Task {
  readonly names: readonly string[];
  readonly count: number;
  readonly seed: number;
}

/** @throws Error that says what was expected. */
export function readTask(args: readonly string[]): Task {
  const options = {
    count: { type: "string", default: String(COUNT) },
    seed: { type: "string", default: "1" },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const unknown = positionals.find((name) => !Object.hasOwn(TARGETS, name));
  if (unknown !== undefined) throw new Error(`expected one of ${Object.keys(TARGETS).join(", ")}; got "${unknown}"`);
  const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
  return { names, count: numberFrom("--count", values.count), seed: numberFrom("--seed", values.seed) };
}

function numberFrom(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${option}: expected a number below 1,000,000,000, got "${text}"`);
  return Number(text);
}
