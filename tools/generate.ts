// `npm run generate`: the TypeScript of packages/contracts/proto, and docs/guides/options.md.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { writeOptionsGuide } from "./check/options-guide.ts";

const folder = join(import.meta.dirname, "..", "packages", "contracts");
const { status } = spawnSync("buf", ["generate"], { cwd: folder, stdio: "inherit" });
writeOptionsGuide();
process.exitCode = status ?? 1;
