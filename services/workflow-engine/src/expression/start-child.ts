import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { MAX_EXPRESSION_CPU_MS, MAX_HEAP_MIB } from "./limits.ts";

/** In development the program is TypeScript; an image has it compiled. Both lie beside this file. */
const PROGRAM: string = fileURLToPath(
  new URL(`./child/main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

/** All that the program may read: its code, the package.json that says how to load it, and jsonata. */
const READABLE: readonly string[] = [
  `${fileURLToPath(new URL("..", import.meta.url))}*`,
  fileURLToPath(new URL("../../package.json", import.meta.url)),
  `${dirname(createRequire(import.meta.url).resolve("jsonata/package.json"))}/*`,
];

/**
 * - The program reads `READABLE`, writes no file, and starts only its supervising thread.
 * - V8 ends the process when the heap outgrows its limit, also by one single value.
 * - One thread: others, for compiling and collecting garbage, would take CPU time from other services.
 */
const NODE_OPTIONS: readonly string[] = [
  "--permission",
  "--no-warnings",
  "--allow-worker",
  ...READABLE.map((path) => `--allow-fs-read=${path}`),
  `--max-old-space-size=${MAX_HEAP_MIB}`,
  "--max-semi-space-size=4",
  "--stack-size=1500",
  "--v8-pool-size=0",
  "--single-threaded-gc",
];

/**
 * Starts the program that evaluates expressions, with neither the environment nor the Node options of this process. An
 * expression that takes more than `maxCpuMs` of CPU time ends it.
 */
export function startChild(maxCpuMs: number = MAX_EXPRESSION_CPU_MS): ChildProcess {
  const args = [...NODE_OPTIONS, PROGRAM, String(maxCpuMs)];
  return spawn(process.execPath, args, { env: {}, stdio: ["pipe", "pipe", "pipe"] });
}
