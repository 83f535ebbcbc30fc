/**
 * `npm run infra:schema`: writes `infra/schema/aws-VERSION.json` for each version of the AWS provider that a mirror on
 * this machine holds, with the types that `infra/` uses. To be run when a type is added, or a provider.
 * With `-- --bindings DIR` for the version of `@cdktn/provider-aws` that is unpacked there.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./check/tool.ts";
import { createTerraform } from "./infra/present/terraform.ts";
import { toSnapshot } from "./infra/schema/compact.ts";
import { snapshotFromBindings } from "./infra/schema/from-bindings.ts";
import { readProviderSchema } from "./infra/schema/read-provider.ts";
import type { Snapshot } from "./infra/schema/snapshot.ts";
import { readTypes } from "./infra/schema/types.ts";

const INFRA = join(ROOT, "infra");
const types = await readTypes(INFRA);

async function fromMirror(): Promise<readonly Snapshot[]> {
  using terraform = createTerraform();
  const snapshots: Snapshot[] = [];
  // One after the other: each holds the whole schema of the provider in memory.
  for (const version of terraform.mirror.versions) {
    snapshots.push(toSnapshot(version, await readProviderSchema(terraform, version), types));
  }
  return snapshots;
}

function write(snapshot: Snapshot): void {
  const file = `schema/aws-${snapshot.version}.json`;
  const text = `${JSON.stringify(snapshot, null, 1)}\n`;
  writeFileSync(join(INFRA, file), text);
  console.log(
    `infra/${file}: ${types.resources.length} resources, ${types.data.length} data sources, ${Math.round(text.length / 1_000)} kB`,
  );
}

const [option, folder] = process.argv.slice(2);
mkdirSync(join(INFRA, "schema"), { recursive: true });
for (const snapshot of option === "--bindings" && folder !== undefined
  ? [snapshotFromBindings(folder, types)]
  : await fromMirror())
  write(snapshot);
