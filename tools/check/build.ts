import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, tool } from "./tool.ts";

/**
 * Types of everything, tests included, and each `dist` from nothing: the output of a deleted source would stay, and a
 * `.tsbuildinfo` that outlives its `dist` makes `tsc -b` emit nothing.
 */
export function buildFromNothing(): string {
  const folders = globSync(["{packages,services}/*/dist", "{bench,e2e}/dist"], { cwd: ROOT });
  for (const folder of folders) rmSync(join(ROOT, folder), { recursive: true, force: true });
  // What builds on something broken is broken by it: those errors would bury the one that counts.
  return tool("tsc", ["-b", "--stopBuildOnErrors"]);
}
