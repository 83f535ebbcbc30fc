/** Makes the states of infra/states by Terraform, and compares the hash of the committed ones with the HCL. */

import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createTerraform, type Terraform } from "../with-terraform/terraform.ts";
import { prune, type TestState } from "./prune.ts";
import { DEFAULT, difference, readStateFiles, type State, type StateFile } from "./state.ts";

const INIT_LIMIT_MS = 60_000;
const RUNS_LIMIT_MS = 300_000;

/** What a state follows from: the HCL, the values, and the mocks. */
const SOURCES = ["*.tf", "modules/**/*.tf", "states/**/*.hcl", "examples/*.tfvars", "terraform.tfvars.example"];

interface Line {
  readonly "@testrun"?: string;
  readonly type: string;
  readonly test_state?: TestState;
  readonly diagnostic?: { readonly severity: string; readonly summary: string; readonly detail: string };
}

/** All text that states follow from, in the order of the files' names. */
function sourceOf(infra: string): string {
  const files = globSync(SOURCES, { cwd: infra }).toSorted();
  return files.map((file) => `${file}\n${readFileSync(join(infra, file), "utf8")}`).join("\n");
}

function hashOf(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}

/** Whether a state is committed that other HCL made. */
export function isStale(infra: string): boolean {
  const hash = hashOf(sourceOf(infra));
  const files = [...readStateFiles(infra).values()];
  return files.length === 0 || files.some(({ hcl }) => hcl !== hash);
}

/** Every state by name, as it is to be committed. @throws Error with what Terraform printed when a run fails */
export async function makeStates(infra: string): Promise<ReadonlyMap<string, StateFile>> {
  using terraform = createTerraform();
  const folder = terraform.copy(infra);
  const init = ["init", "-backend=false", "-input=false", "-no-color", "-test-directory=states"];
  const { status, output } = await terraform.run(init, INIT_LIMIT_MS, { folder });
  if (status !== 0) throw new Error(output.trim());
  const source = sourceOf(infra);
  const states = new Map<string, State>();
  for (const file of globSync("examples/*.tfvars", { cwd: infra }).toSorted()) {
    const [[, state] = []] = await statesOf(terraform, folder, "size", file, source);
    if (state !== undefined) states.set(basename(file, ".tfvars"), state);
  }
  const switches = await statesOf(terraform, folder, "switches", "terraform.tfvars.example", source);
  const origin = { hcl: hashOf(source), provider: terraform.mirror.versions[0] ?? "" };
  return toFiles([...switches.slice(0, 1), ...states, ...switches.slice(1)], origin);
}

/** The text of a state's file. */
export function toFileText(file: StateFile): string {
  return `${JSON.stringify(file, null, 1)}\n`;
}

async function statesOf(
  terraform: Terraform,
  folder: string,
  test: string,
  values: string,
  source: string,
): Promise<readonly (readonly [string, State])[]> {
  const args = ["-json", "-verbose", "-test-directory=states", `-filter=states/${test}.tftest.hcl`];
  const { status, stdout, output } = await terraform.run(["test", ...args, `-var-file=${values}`], RUNS_LIMIT_MS, {
    folder,
  });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  const parsed = lines.map((line) => JSON.parse(line) as Line);
  const errors = parsed.filter(({ diagnostic }) => diagnostic?.severity === "error");
  const said = errors.map(({ diagnostic }) => `${diagnostic?.summary}: ${diagnostic?.detail}`).join("\n");
  if (status !== 0) throw new Error(`${test}, ${values}: ${said === "" ? output.slice(-2_000) : said}`);
  return parsed.flatMap(({ "@testrun": name = "", test_state: state }) =>
    state === undefined ? [] : [[name, prune(state, source)] as const],
  );
}

/** Each but the first by its difference from that earlier one which is the most like it. */
function toFiles(
  states: readonly (readonly [string, State])[],
  origin: Pick<StateFile, "hcl" | "provider">,
): ReadonlyMap<string, StateFile> {
  if (states[0]?.[0] !== DEFAULT) throw new Error(`the first run of infra/states is not called ${DEFAULT}`);
  return new Map(
    states.map(([name, state], index) => {
      const whole = { ...origin, ...state };
      const files = states.slice(0, index).map(([base, other]) => ({ ...origin, base, ...difference(state, other) }));
      return [name, [whole, ...files].toSorted((a, b) => toFileText(a).length - toFileText(b).length)[0] ?? whole];
    }),
  );
}
