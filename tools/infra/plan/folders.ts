import { globSync } from "node:fs";
import { dirname, join } from "node:path";

/** The root and every module: all folders that hold `.tf` files. */
export function foldersWithHcl(infra: string): readonly string[] {
  const files = globSync(["*.tf", "modules/*/*.tf"], { cwd: infra });
  return [...new Set(files.map((file) => join(infra, dirname(file))))].toSorted();
}
