/**
 * `npm run pack -- NAME [DIR]`: a folder that needs nothing of this repository. Of a service: its deploy folder, as the image
 * holds it, which needs Node to run and nothing else. Of `grpc-client`: the package that is published. Default DIR:
 * dist/deploy/NAME, dist/grpc-client. Exit codes: 0 done, 1 it does not build, 2 wrong use.
 */

import { relative, resolve } from "node:path";
import { ROOT, tool } from "./check/tool.ts";
import { writeClientFolder } from "./pack/client-folder.ts";
import { isDeployable, SERVICES, type Service, writeDeployFolder } from "./pack/deploy-folder.ts";
import { sizeOf } from "./pack/size.ts";

const CLIENT = "grpc-client";

function stop(message: string, exitCode: number): never {
  console.error(message);
  process.exit(exitCode);
}

async function packService(service: Service, folder: string): Promise<void> {
  const problem = tool("tsc", ["-b", `services/${service}`, "packages/cli"]);
  if (problem !== "") throw new Error(problem);
  await writeDeployFolder(service, folder);
}

const [name = "", directory, extra] = process.argv.slice(2);
if ((name !== CLIENT && !isDeployable(name)) || extra !== undefined) {
  stop(`Usage: npm run pack -- NAME [DIR]\n\n  NAME  ${[...SERVICES, CLIENT].join(", ")}`, 2);
}
const place = name === CLIENT ? resolve(ROOT, "dist", CLIENT) : resolve(ROOT, "dist", "deploy", name);
// npm runs scripts in the repository, whatever folder it was called from.
const folder = directory === undefined ? place : resolve(process.env["INIT_CWD"] ?? ".", directory);

try {
  if (isDeployable(name)) await packService(name, folder);
  else await writeClientFolder(folder);
} catch (error) {
  stop(error instanceof Error ? error.message : String(error), 1);
}
console.log(`${relative(process.cwd(), folder) || "."}: ${(sizeOf(folder) / 1e6).toFixed(1)} MB`);
