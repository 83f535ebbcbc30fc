import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** The repository. */
export const ROOT: string = join(import.meta.dirname, "..", "..");

// The output of a failing tool is read in logs, without colours.
const { FORCE_COLOR: _, ...environment }: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1" };

/** Runs a program to its end. Returns its output if it failed, and an empty text if not. */
export function tool(command: string, args: readonly string[], folder: string = ROOT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: environment,
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status === 0) return "";
  const output = `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim();
  return output === "" ? `${command} ended with ${status} and printed nothing` : output;
}

/** The output of a program. @throws Error when it fails. */
export function outputOf(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}
