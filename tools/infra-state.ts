/**
 * `npm run infra:state`: makes the states of `infra/states`, which the checks of `npm run infra` read. Run it after each
 * change of the HCL. It needs Terraform and a mirror of its provider.
 */

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./check/tool.ts";
import { makeStates, toFileText } from "./infra/state/make.ts";
import { readStateFiles } from "./infra/state/state.ts";
import { Workspace } from "./infra/with-terraform/terraform.ts";

const INFRA = join(ROOT, "infra");

const made = await makeStates(await Workspace.initialized(INFRA));
for (const name of readStateFiles(INFRA).keys()) rmSync(join(INFRA, "states", `${name}.json`));
for (const [name, file] of made) {
  const text = toFileText(file);
  writeFileSync(join(INFRA, "states", `${name}.json`), text);
  console.log(`infra/states/${name}.json: ${Math.round(text.length / 1_000)} kB`);
}
