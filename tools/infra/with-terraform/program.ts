/**
 * Runs other people's programs, each with a limit in time, in a process group of its own: Terraform starts providers, and
 * a limit that ends Terraform alone would leave those behind.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { systemClock } from "@agent-team/foundation/clock";

export interface RunOptions {
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly limitMs: number;
}

export interface Run {
  /** Exit code; undefined when the program was ended by a signal, or never started. */
  readonly status: number | undefined;
  readonly stdout: string;
  /** Both streams in the order in which they came, and why the program was ended if it was. */
  readonly output: string;
}

const alive = new Set<ChildProcess>();
process.on("exit", () => alive.forEach(endGroup));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/** Starts a program in its own process group, which ends with us at the latest. */
function start(program: string, args: readonly string[], options: Omit<RunOptions, "limitMs">): ChildProcess {
  const { folder, env = process.env } = options;
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  alive.add(child);
  child.on("close", () => alive.delete(child));
  child.on("error", () => alive.delete(child));
  return child;
}

/** Ends a program and whatever it started. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // All of the group has ended already.
  }
}

/** Runs a program to its end, or to its limit. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const child = start(program, args, options);
  const chunks: string[] = [];
  const stdout: string[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => chunks.push(text) && stdout.push(text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
  const limit = systemClock.setTimer(options.limitMs, () => {
    chunks.push(`\nended after ${options.limitMs / 1_000} s, its limit`);
    endGroup(child);
  });
  const status = await ended(child, chunks);
  limit.cancel();
  return { status, stdout: stdout.join(""), output: chunks.join("") };
}

function ended(child: ChildProcess, chunks: string[]): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  child.once("error", (error) => {
    chunks.push(error.message);
    resolve(undefined);
  });
  child.once("close", (code) => resolve(code ?? undefined));
  return promise;
}
