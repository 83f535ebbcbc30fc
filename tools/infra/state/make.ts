/** Makes the states of infra/states with Terraform, and compares the hash in the committed ones with the HCL. */

import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Workspace } from "../with-terraform/terraform.ts";
import { prune, type TestState } from "./prune.ts";
import { DEFAULT, difference, readStateFiles, type State, type StateFile } from "./state.ts";

const RUNS_LIMIT_MS = 900_000;

/** The files that a state is made from: the HCL, the values, and the mocks. */
const SOURCES = ["*.tf", "modules/**/*.tf", "states/**/*.hcl", "examples/*.tfvars", "terraform.tfvars.example"];

interface Line {
  readonly "@testrun"?: string;
  readonly type: string;
  readonly test_state?: TestState;
  readonly diagnostic?: { readonly severity: string; readonly summary: string; readonly detail: string };
}

/** The text of all these files, in the order of their names. */
function sourceOf(infra: string): string {
  const files = globSync(SOURCES, { cwd: infra }).toSorted();
  return files.map((file) => `${file}\n${readFileSync(join(infra, file), "utf8")}`).join("\n");
}

function hashOf(source: string): string {
  return createHash("sha256").update(source).digest("hex");
}

/** Whether a committed state was made from other HCL. */
export function isStale(infra: string): boolean {
  const hash = hashOf(sourceOf(infra));
  const files = [...readStateFiles(infra).values()];
  return files.length === 0 || files.some(({ hcl }) => hcl !== hash);
}

/** Every state by name, as it is to be committed. @throws Error with Terraform's diagnostics when a run fails */
export async function makeStates(workspace: Workspace): Promise<ReadonlyMap<string, StateFile>> {
  const source = sourceOf(workspace.infra);
  const switches = await statesOf(workspace, "switches", "terraform.tfvars.example", source);
  const sizes: (readonly [string, State])[] = [];
  for (const file of globSync("examples/*.tfvars", { cwd: workspace.infra }).toSorted()) {
    for (const [, state] of await statesOf(workspace, "size", file, source))
      sizes.push([basename(file, ".tfvars"), state]);
  }
  const origin = { hcl: hashOf(source), provider: workspace.providerVersion };
  return toFiles([...switches.slice(0, 1), ...sizes, ...switches.slice(1)], origin);
}

/** The text of a state's file. */
export function toFileText(file: StateFile): string {
  return `${JSON.stringify(file, null, 1)}\n`;
}

async function statesOf(
  workspace: Workspace,
  test: string,
  values: string,
  source: string,
): Promise<readonly (readonly [string, State])[]> {
  const filter = `-filter=states/${test}.tftest.hcl`;
  const args = ["test", "-json", "-verbose", "-test-directory=states", filter, `-var-file=${values}`];
  const { status, stdout, output } = await workspace.terraform(args, RUNS_LIMIT_MS);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  const parsed = lines.map((line) => JSON.parse(line) as Line);
  const errors = parsed.flatMap(({ diagnostic }) => (diagnostic?.severity === "error" ? [diagnostic] : []));
  const text = errors.map(({ summary, detail }) => `${summary}: ${detail}`).join("\n");
  if (status !== 0) throw new Error(`${test}, ${values}: ${text === "" ? output.slice(-2_000) : text}`);
  return parsed.flatMap(({ "@testrun": name = "", test_state: state }) =>
    state === undefined ? [] : [[name, prune(state, source)] as const],
  );
}

/** The first state whole, each other as its smallest difference from an earlier one. */
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
