/**
 * `npm run pack -- NAME [DIR]`: a folder that needs nothing of this repository. Of a service: its deploy folder, as the image
 * holds it, which needs Node to run and nothing else. Of `grpc-client` and `grpc-server`: the package that is published. Default
 * DIR: dist/deploy/NAME, dist/NAME. Exit codes: 0 done, 1 it does not build, 2 wrong use.
 */

import { relative, resolve } from "node:path";
import { ROOT, tool } from "./check/tool.ts";
import { isDeployable, SERVICES, type Service, writeDeployFolder } from "./pack/deploy-folder.ts";
import { minifiedBytes, PUBLISHED, type Published, writePublishedFolder } from "./pack/published-folder.ts";
import { sizeOf } from "./pack/size.ts";

function isPublished(name: string): name is Published {
  return (PUBLISHED as readonly string[]).includes(name);
}

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
if ((!isPublished(name) && !isDeployable(name)) || extra !== undefined) {
  stop(`Usage: npm run pack -- NAME [DIR]\n\n  NAME  ${[...SERVICES, ...PUBLISHED].join(", ")}`, 2);
}
const place = isPublished(name) ? resolve(ROOT, "dist", name) : resolve(ROOT, "dist", "deploy", name);
// npm runs scripts in the repository, whatever folder it was called from.
const folder = directory === undefined ? place : resolve(process.env["INIT_CWD"] ?? ".", directory);

try {
  if (isDeployable(name)) await packService(name, folder);
  else if (isPublished(name)) await writePublishedFolder(name, folder);
} catch (error) {
  stop(error instanceof Error ? error.message : String(error), 1);
}
const sizes = [`${(sizeOf(folder) / 1e6).toFixed(1)} MB`];
if (isPublished(name)) {
  const { atImport, all } = await minifiedBytes(folder);
  const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KiB`;
  sizes.push(`minified: ${kib(atImport)} at import, ${kib(all)} with all that is loaded later`);
}
console.log(`${relative(process.cwd(), folder) || "."}: ${sizes.join("; ")}`);
