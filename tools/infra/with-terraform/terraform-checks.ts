/** The checks of Terraform itself, without an AWS. */

import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram } from "@agent-team/test-support/find-program";
import type { Check, Outcome } from "../check.ts";
import { makeStates } from "../state/make.ts";
import { readStateFiles, type StateFile } from "../state/state.ts";
import { run } from "./program.ts";
import { missingForTerraform, Workspace } from "./terraform.ts";

const FMT_LIMIT_MS = 20_000;
const VALIDATE_LIMIT_MS = 60_000;
const TEST_LIMIT_MS = 180_000;

/** Files that git ignores: their values are the user's, and a difference would print them. */
const NOT_FORMATTED = /(?:^|\/)(?:terraform\.tfvars|override\.tf|\.terraform.*)$|\.auto\.tfvars$|\.terraform\//;

/** They share one workspace. */
export function terraformChecks(infra: string): readonly Check[] {
  let made: Promise<Workspace> | undefined;
  const workspace = (): Promise<Workspace> => (made ??= Workspace.initialized(infra));
  const needed = { missing: missingForTerraform };
  const folders = new Set(globSync("tests/**/*.tftest.hcl", { cwd: infra }).toSorted().map(dirname));
  return [
    {
      name: "terraform fmt",
      missing: () => (findProgram("terraform") === undefined ? "no terraform in PATH" : undefined),
      loss: "whether the HCL is formatted",
      run: () => checkFormat(infra),
    },
    {
      ...needed,
      name: "terraform validate",
      loss: "types and references as Terraform reads them",
      run: async () => validate(await workspace()),
    },
    {
      ...needed,
      name: "the committed states are those that Terraform makes",
      loss: "whether Terraform made the states",
      run: async () => compareStates(await makeStates(await workspace()), infra),
    },
    // Terraform does not run the tests in the folders below a folder: each is a run of its own.
    ...[...folders].map((folder) => ({
      ...needed,
      name: `terraform test, ${folder}`,
      loss: `the assertions of infra/${folder}`,
      run: async () => runTests(await workspace(), folder),
    })),
  ];
}

async function checkFormat(infra: string): Promise<Outcome> {
  const files = globSync("**/*.{tf,hcl,tfvars}", { cwd: infra }).filter((file) => !NOT_FORMATTED.test(file));
  const args = ["fmt", "-check", "-diff", "-no-color", ...files];
  const { status, output } = await run("terraform", args, { folder: infra, limitMs: FMT_LIMIT_MS });
  return { findings: status === 0 ? [] : [output.trim()] };
}

async function validate(workspace: Workspace): Promise<Outcome> {
  const { status, output } = await workspace.terraform(["validate", "-no-color"], VALIDATE_LIMIT_MS);
  // A warning counts: the next version of the provider lacks a deprecated argument.
  const isClean = status === 0 && !output.includes("Warning:");
  return { findings: isClean ? [] : [output.trim()], note: `provider ${workspace.providerVersion}` };
}

function compareStates(made: ReadonlyMap<string, StateFile>, infra: string): Outcome {
  const committed = readStateFiles(infra);
  const names = [...new Set([...made.keys(), ...committed.keys()])];
  const different = names.filter((name) => JSON.stringify(made.get(name)) !== JSON.stringify(committed.get(name)));
  return {
    findings: different.map((name) => `infra/states/${name}.json differs from Terraform's state: npm run infra:state`),
    note: `${made.size} states`,
  };
}

async function runTests(workspace: Workspace, folder: string): Promise<Outcome> {
  const values = globSync(`${folder}/*.tfvars`, { cwd: workspace.infra }).map((file) => `-var-file=${file}`);
  const args = ["test", "-no-color", `-test-directory=${folder}`, ...values];
  const { status, output } = await workspace.terraform(args, TEST_LIMIT_MS);
  const passed = /(\d+) passed, 0 failed/.exec(output)?.[1];
  if (passed === undefined || status !== 0) return { findings: [output.trim()] };
  // Terraform says nothing about a file that it does not take for a test.
  const written = globSync(join(folder, "*.tftest.hcl"), { cwd: workspace.infra }).flatMap(
    (file) => readFileSync(join(workspace.infra, file), "utf8").match(/^run "/gm) ?? [],
  ).length;
  const findings = Number(passed) < written ? [`${passed} runs of ${written} in infra/${folder} ran`] : [];
  return { findings, note: `${passed} runs` };
}
