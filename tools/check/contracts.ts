import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, tool } from "./tool.ts";

const CONTRACTS = join(ROOT, "packages", "contracts");

export function lintProtos(): string {
  return tool("buf", ["lint", "proto"], CONTRACTS);
}

/** Generates again into a temporary folder and compares: the code that runs must be that of the protos. */
export function compareGenerated(): string {
  const folder = mkdtempSync(join(tmpdir(), "contracts-"));
  try {
    for (const name of ["proto", "buf.gen.yaml"]) {
      cpSync(join(CONTRACTS, name), join(folder, name), { recursive: true });
    }
    const failure = tool("buf", ["generate"], folder);
    if (failure !== "") return failure;
    const difference = tool("diff", ["-r", join(CONTRACTS, "src", "gen"), join(folder, "src", "gen")]);
    return difference === "" ? "" : `${difference}\nRun "npm run generate" and commit what it writes.`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
