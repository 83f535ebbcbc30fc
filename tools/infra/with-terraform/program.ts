/**
 * Runs programs with a time limit. Each has its own process group, so that the limit also ends the processes that it started,
 * such as Terraform's providers.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { systemClock } from "@agent-team/foundation/clock";

export interface RunOptions {
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly limitMs: number;
}

export interface Run {
  /** Exit code; undefined when a signal ended the program, or it did not start. */
  readonly status: number | undefined;
  readonly stdout: string;
  /** Both streams in order, and the reason when the program was ended. */
  readonly output: string;
}

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach(endGroup));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

/** Runs a program to its end, or to its limit. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const { folder, env = process.env, limitMs } = options;
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const output: string[] = [];
  const stdout: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text) && stdout.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => output.push(text));
  const limit = systemClock.setTimer(limitMs, () => {
    output.push(`\nended after ${limitMs / 1_000} s, its limit`);
    endGroup(child);
  });
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  child.once("error", (error) => {
    output.push(error.message);
    resolve(undefined);
  });
  child.once("close", (code) => resolve(code ?? undefined));
  const status = await promise;
  limit.cancel();
  running.delete(child);
  return { status, stdout: stdout.join(""), output: output.join("") };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}
