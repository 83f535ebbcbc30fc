/**
 * The deploy folder of one service:
 *
 *   package.json                 `npm start` = node dist/main.js
 *   dist/                        the service, built
 *   bin/grpc_health_probe        the health check, with the original's name
 *   probe/                       its code
 *   node_modules/                our packages, built, and the production dependencies of all of them; of the page, its bundle
 */

import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writePage } from "@agent-team/page/bundle";
import { ROOT } from "../check/tool.ts";
import { closureOf } from "./closure.ts";
import { copyBuilt, copyPackage, readManifest, writeBuiltManifest, writeManifest } from "./copy.ts";
import { readLockfile } from "./lockfile.ts";

export const SERVICES = ["api-gateway", "workflow-agent", "workflow-engine"] as const;

export type Service = (typeof SERVICES)[number];

export function isDeployable(name: string): name is Service {
  return (SERVICES as readonly string[]).includes(name);
}

const PROBE = `#!/usr/bin/env node
import "../probe/main.js";
`;

/** The gateway serves it: a bundle, which `tsc` does not make. */
const PAGE = "packages/page";

/**
 * Writes the folder from what is built, in the place of an earlier one. A failure leaves the earlier one as it was.
 * @throws Error when `folder` holds something else, which is not ours to replace.
 */
export async function writeDeployFolder(service: Service, folder: string): Promise<void> {
  if (!isReplaceable(folder))
    throw new Error(`${folder} exists and is no deploy folder: expected a folder of ours or none`);
  const draft = `${folder}.${process.pid}.partial`;
  try {
    mkdirSync(draft, { recursive: true });
    await fill(draft, service);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function fill(folder: string, service: Service): Promise<void> {
  const workspace = join(ROOT, "services", service);
  copyBuilt(workspace, join(folder, "dist"));
  writeServiceManifest(workspace, folder);
  writeProbe(folder);
  for (const { from, to, kind } of closureOf(`services/${service}`, readLockfile(ROOT))) {
    const target = join(folder, to);
    mkdirSync(dirname(target), { recursive: true });
    if (kind === "registry") {
      copyPackage(join(ROOT, from), target);
    } else {
      copyBuilt(join(ROOT, from), join(target, "dist"));
      writeBuiltManifest(join(ROOT, from), target);
      if (from === PAGE) await writePage(join(target, "dist"));
    }
  }
}

function writeServiceManifest(workspace: string, folder: string): void {
  const { name, version, license, type, engines } = readManifest(workspace);
  writeManifest(folder, {
    ...{ name, version, private: true, license, type, engines },
    scripts: { start: "node dist/main.js" },
    bin: { grpc_health_probe: "./bin/grpc_health_probe" },
  });
}

/** Its only import from elsewhere, the clock of grpc-client, is in every service's folder anyway. */
function writeProbe(folder: string): void {
  copyBuilt(join(ROOT, "packages", "cli"), join(folder, "probe"), "probe");
  mkdirSync(join(folder, "bin"));
  const program = join(folder, "bin", "grpc_health_probe");
  writeFileSync(program, PROBE);
  chmodSync(program, 0o755);
}

function isReplaceable(folder: string): boolean {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return true;
  return existsSync(join(folder, "bin", "grpc_health_probe"));
}
