/**
 * `npm run pack -- SERVICE [DIR]`: the self-contained deploy folder of one service, as the image holds it. Needs Node to
 * run, and nothing else. Default DIR: dist/deploy/SERVICE. Exit codes: 0 done, 1 it does not build, 2 wrong use.
 */

import { relative, resolve } from "node:path";
import { ROOT, tool } from "./check/tool.ts";
import { isDeployable, SERVICES, writeDeployFolder } from "./pack/deploy-folder.ts";
import { sizeOf } from "./pack/size.ts";

function stop(message: string, exitCode: number): never {
  console.error(message);
  process.exit(exitCode);
}

const [service = "", directory, extra] = process.argv.slice(2);
if (!isDeployable(service) || extra !== undefined) {
  stop(`Usage: npm run pack -- SERVICE [DIR]\n\n  SERVICE  ${SERVICES.join(", ")}`, 2);
}
// npm runs scripts in the repository, whatever folder it was called from.
const folder = resolve(process.env["INIT_CWD"] ?? ".", directory ?? resolve(ROOT, "dist", "deploy", service));

const problem = tool("tsc", ["-b", `services/${service}`, "packages/cli"]);
if (problem !== "") stop(problem, 1);
try {
  writeDeployFolder(service, folder);
} catch (error) {
  stop(error instanceof Error ? error.message : String(error), 1);
}
console.log(`${relative(process.cwd(), folder) || "."}: ${(sizeOf(folder) / 1e6).toFixed(1)} MB`);
