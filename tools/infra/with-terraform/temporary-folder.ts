import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

// Also when a signal or a closed pipe ends us: what lies there holds a state.
process.on("exit", () => folders.forEach(remove));

/** A folder that is gone with `remove`, and with the process at the latest. */
export function createTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "infra-"));
  folders.add(folder);
  return folder;
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
