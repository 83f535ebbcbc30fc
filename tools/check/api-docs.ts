import { join } from "node:path";
import { ROOT, tool } from "./tool.ts";

// typedoc supports TypeScript up to 6: it lies in docs/, beside a TypeScript of its own.
const TYPEDOC = join(ROOT, "docs", "node_modules", "typedoc", "bin", "typedoc");

const OPTIONS = ["--options", join(ROOT, "docs", "typedoc.json")];

/** An exported name without a docstring, a type that no entry exports, or a link to nothing is a finding. */
export function checkApiDocs(): string {
  return tool(process.execPath, [TYPEDOC, ...OPTIONS, "--emit", "none"]);
}

/** Writes the pages to docs/api. */
export function writeApiDocs(): string {
  return tool(process.execPath, [TYPEDOC, ...OPTIONS]);
}
