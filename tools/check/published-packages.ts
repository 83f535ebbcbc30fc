import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PUBLISHED, type Published } from "../pack/published-folder.ts";
import { ROOT, tool } from "./tool.ts";

/** Packs the packages as they are published. Their shape is right for Node, and their types for each `moduleResolution` of TypeScript. */
export function checkPublishedPackages(): string {
  return PUBLISHED.map(checkPublished).join("");
}

function checkPublished(name: Published): string {
  const folder = mkdtempSync(join(tmpdir(), "published-"));
  try {
    const pack = [...process.execArgv, join(ROOT, "tools", "pack.ts"), name, folder];
    const problem = tool(process.execPath, pack);
    if (problem !== "") return problem;
    return tool("publint", ["--strict"], folder) + tool("attw", ["--pack", "."], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
