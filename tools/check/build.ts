import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, tool } from "./tool.ts";

/**
 * Checks all types, tests included, and builds each `dist` from nothing: the output of a deleted source would stay, and a
 * `.tsbuildinfo` that outlives its `dist` makes `tsc -b` emit nothing.
 */
export function buildFromNothing(): string {
  const folders = globSync(["{packages,services}/*/dist", "{bench,e2e,faults,simulate}/dist"], { cwd: ROOT });
  for (const folder of folders) rmSync(join(ROOT, folder), { recursive: true, force: true });
  // The errors of a workspace cause more errors in those that build on it; only the first ones count.
  return tool("tsc", ["-b", "--stopBuildOnErrors"]);
}
