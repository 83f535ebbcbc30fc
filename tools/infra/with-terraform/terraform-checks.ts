import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram } from "@agent-team/test-support/find-program";
import type { Check, Outcome } from "../check.ts";
import { makeStates } from "../state/make.ts";
import { readStateFiles, type StateFile } from "../state/state.ts";
import { run } from "./program.ts";
import { createTerraform, missingForTerraform, type Terraform } from "./terraform.ts";

const FMT_LIMIT_MS = 20_000;
const INIT_LIMIT_MS = 60_000;
const VALIDATE_LIMIT_MS = 60_000;
const TEST_LIMIT_MS = 180_000;

interface TestFolder {
  /** Below `infra/`. */
  readonly folder: string;
  /** Files of values that all its tests begin from. */
  readonly variables: readonly string[];
}

/** What Terraform itself says, without an AWS. */
export function terraformChecks(infra: string): readonly Check[] {
  return [
    {
      name: "terraform fmt",
      missing: () => (findProgram("terraform") === undefined ? "no terraform in PATH" : undefined),
      loss: "whether the HCL is formatted",
      run: () => checkFormat(infra),
    },
    {
      name: "terraform validate",
      missing: missingForTerraform,
      loss: "types and references as Terraform sees them",
      run: () => inCopy(infra, validate),
    },
    {
      name: "the committed states are what Terraform makes",
      missing: missingForTerraform,
      loss: "whether the states were made and not written",
      run: async () => compareStates(await makeStates(infra), infra),
    },
    ...testFolders(infra).map((tests) => ({
      name: `terraform test, ${tests.folder}`,
      missing: missingForTerraform,
      loss: `the assertions of infra/${tests.folder}`,
      run: () =>
        inCopy(infra, (terraform, copy) => runTests(terraform, copy, tests), [`-test-directory=${tests.folder}`]),
    })),
  ];
}

function compareStates(made: ReadonlyMap<string, StateFile>, infra: string): Outcome {
  const committed = readStateFiles(infra);
  const names = [...new Set([...made.keys(), ...committed.keys()])];
  const different = names.filter((name) => JSON.stringify(made.get(name)) !== JSON.stringify(committed.get(name)));
  return {
    findings: different.map((name) => `infra/states/${name}.json is another one: npm run infra:state`),
    note: `${made.size} states`,
  };
}

/** Terraform runs the tests of one folder, and not of those below it: so each is a run of its own. */
function testFolders(infra: string): readonly TestFolder[] {
  const tests = globSync("tests/**/*.tftest.hcl", { cwd: infra });
  return [...new Set(tests.map((file) => dirname(file)))].toSorted().map((folder) => ({
    folder,
    variables: globSync(`${folder}/*.tfvars`, { cwd: infra }),
  }));
}

/** Not of files that git ignores: values are the user's, and a difference would print them. */
async function checkFormat(infra: string): Promise<Outcome> {
  const terraform = findProgram("terraform") ?? "terraform";
  const files = globSync("**/*.{tf,hcl,tfvars}", { cwd: infra }).filter(
    (file) =>
      !/(?:^|[/])(?:terraform[.]tfvars|override[.]tf|[.]terraform.*)$|[.]auto[.]tfvars$|[.]terraform[/]/.test(file),
  );
  const { status, output } = await run(terraform, ["fmt", "-check", "-diff", "-no-color", ...files], {
    folder: infra,
    limitMs: FMT_LIMIT_MS,
  });
  return { findings: status === 0 ? [] : [output.trim()] };
}

async function inCopy(
  infra: string,
  check: (terraform: Terraform, folder: string) => Promise<Outcome>,
  initOptions: readonly string[] = [],
): Promise<Outcome> {
  using terraform = createTerraform();
  const folder = terraform.copy(infra);
  const init = await terraform.run(
    ["init", "-backend=false", "-input=false", "-no-color", ...initOptions],
    INIT_LIMIT_MS,
    { folder },
  );
  return init.status === 0 ? await check(terraform, folder) : { findings: [init.output.trim()] };
}

async function validate(terraform: Terraform, folder: string): Promise<Outcome> {
  const { status, output } = await terraform.run(["validate", "-no-color"], VALIDATE_LIMIT_MS, { folder });
  // Warnings too: a deprecated argument is one that the next version lacks.
  const isClean = status === 0 && !output.includes("Warning:");
  return { findings: isClean ? [] : [output.trim()], note: `provider ${terraform.mirror.versions[0]}` };
}

async function runTests(terraform: Terraform, copy: string, { folder, variables }: TestFolder): Promise<Outcome> {
  const files = variables.map((file) => `-var-file=${file}`);
  const { status, output } = await terraform.run(
    ["test", "-no-color", `-test-directory=${folder}`, ...files],
    TEST_LIMIT_MS,
    { folder: copy },
  );
  const passed = /(\d+) passed, 0 failed/.exec(output)?.[1];
  const planned = runsIn(join(copy, folder));
  // A file that Terraform did not take for a test would pass in silence.
  const findings =
    passed === undefined || status !== 0
      ? [output.trim()]
      : Number(passed) < planned
        ? [`${passed} runs of ${planned} in infra/${folder} ran`]
        : [];
  return { findings, note: `${passed ?? 0} runs` };
}

function runsIn(folder: string): number {
  const files = globSync("*.tftest.hcl", { cwd: folder });
  const runs = files.flatMap((file) => readFileSync(join(folder, file), "utf8").match(/^run "/gm) ?? []);
  return runs.length;
}
