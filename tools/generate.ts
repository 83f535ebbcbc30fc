// `npm run generate`: the TypeScript of packages/contracts/proto.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "packages", "contracts");
const { status } = spawnSync("buf", ["generate"], { cwd: folder, stdio: "inherit" });
process.exitCode = status ?? 1;
