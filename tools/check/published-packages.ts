import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, tool } from "./tool.ts";

/** Packs the client as it is published. Its shape is right for Node, and its types for each `moduleResolution` of TypeScript. */
export function checkPublishedClient(): string {
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  try {
    const pack = [...process.execArgv, join(ROOT, "tools", "pack.ts"), "grpc-client", folder];
    const problem = tool(process.execPath, pack);
    if (problem !== "") return problem;
    return tool("publint", ["--strict"], folder) + tool("attw", ["--pack", "."], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
