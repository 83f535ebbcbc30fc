// Mistakes in the text of the HCL, and in the documents.

import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../../check/tool.ts";
import { checkContract } from "../checks/contract.ts";
import { checkOutputs, namesOf, problemsIn } from "../checks/docs.ts";
import { type Findings, findingsOf } from "../checks/findings.ts";
import { checkReadme } from "../checks/readme.ts";
import { readSubject, type Subject } from "../checks/subject.ts";
import {
  checkDescriptions,
  checkDiscoveryOrder,
  checkExamples,
  checkLifecycles,
  checkPortList,
  checkProvider,
} from "../checks/written.ts";
import { isStale } from "../state/make.ts";
import { stateOf } from "./mutation.ts";

const INFRA = join(ROOT, "infra");
const SUBJECT = readSubject(INFRA);
const REGION = "modules/region";

type Check = (subject: Subject) => Findings;

/** The findings of a check after a text was replaced in the first file of that name that holds it. */
function findingsAfter(check: Check, name: string, from: string | RegExp, to: string): string {
  const changed = [...SUBJECT.hcl]
    .filter(([file]) => file.startsWith(name))
    .map(([file, text]) => ({ file, text: text.replace(from, to), old: text }))
    .find(({ text, old }) => text !== old);
  if (changed === undefined) throw new Error(`no ${name} holds ${from}`);
  const hcl = new Map([...SUBJECT.hcl, [changed.file, changed.text]]);
  return findingsOf(() => check({ ...SUBJECT, hcl })).join("\n");
}

/** A copy of infra/, removed after the test. */
function copyOfInfra(): string {
  const folder = mkdtempSync(join(tmpdir(), "infra-mutation-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(INFRA, folder, { recursive: true });
  return folder;
}

// biome-ignore format: a table, one mistake a line
test.each<[string, Check, string, string | RegExp, string, RegExp]>([
  ["a range of versions that were not tested", checkProvider, "versions.tf", '"~> 5.100.0"', '">= 5.100.0, < 7.0.0"', />= 5\.100\.0, < 7\.0\.0 of the AWS provider: expected ~> 5\.100\.0/],
  ["a module that takes another version than the root", checkProvider, REGION, "~> 5.100.0", "~> 6.66.0", /infra\/modules\/region\/versions\.tf takes ~> 6\.66\.0/],
  ["an apply that undoes scaling", checkLifecycles, REGION, "ignore_changes = [desired_count]", "", /aws_ecs_service\.this has no ignore_changes .*: each apply would undo scaling/],
  ["a health check that replaces its Cloud Map service", checkLifecycles, REGION, /ignore_changes = \[health_check_custom_config\]/, "", /aws_service_discovery_service\.this has no ignore_changes/],
  ["a password that each apply replaces", checkLifecycles, REGION, /ignore_changes = \[input\]/, "", /redis_auth_token has no ignore_changes/],
  ["a line that is a comment", checkLifecycles, REGION, "ignore_changes = [desired_count]", "# ignore_changes = [desired_count]", /aws_ecs_service\.this has no ignore_changes/],
  ["a target group that is destroyed before the next one exists", checkLifecycles, `${REGION}/load_balancer_grpc`, "create_before_destroy = true", "", /aws_lb_target_group\.grpc has no create_before_destroy/],
  ["a scaling target that AWS deletes with its service", checkLifecycles, REGION, /replace_triggered_by = .*/, "", /aws_appautoscaling_target\.this has no replace_triggered_by/],
  ["a port outside of local.ports", checkPortList, `${REGION}/load_balancer_grpc`, "local.ports.workflow_agent", "50051", /a port stands outside of local\.ports: port *= 50051/],
  ["a variable without a description", checkDescriptions, "variables.tf", /description = "Region of the deployment\."/, 'description = ""', /variables\.tf: aws_region has no description/],
  ["a variable that nothing uses", checkDescriptions, "variables.tf", /$/, 'variable "spare" {\n  description = "x"\n  type = string\n}\n', /nothing uses spare/],
  ...["examples/minimal.tfvars", "examples/production.tfvars", "terraform.tfvars.example"].map((file): [string, Check, string, string, string, RegExp] => [`another order in ${file} than the guide advises`, checkDiscoveryOrder, file, '["cloudmap", "dns", "lb"]', '["lb", "dns"]', new RegExp(`^${file}: discovery_order is \\["lb", "dns"\\]: expected`)]),
  ["a value for a variable that does not exist", checkExamples, "examples/minimal.tfvars", "max_count ", "maximum_count ", /examples\/minimal\.tfvars: there is no variable maximum_count/],
  ["a table that differs from the HCL", checkReadme, "variables.tf", /description = "Region of the deployment\."/, 'description = "Elsewhere."', /tables are not those of the HCL/],
  ["a default of cache_nodes that is not the promised one", checkContract, "variables.cache.tf", /(variable "cache_nodes" \{[^}]*default *= )2/, "$11", /cache_nodes: .* is promised, and the default is 1$/m],
  ["a default of max_count that is not the promised one", checkContract, "variables", /(variable "max_count" \{[^}]*default *= )8/, "$14", /max_count: .* is promised, and the default is 4$/m],
  ["a second region with the first one's addresses by default", checkContract, "variables", '"10.1.0.0/16"\n', '"10.0.0.0/16"\n', /secondary_vpc_cidr: .*the default is 10\.0\.0\.0\/16/],
])("finds %s", (_, check, name, from, to, finding) => {
  expect([...check(SUBJECT)]).toEqual([]);
  expect(findingsAfter(check, name, from, to)).toMatch(finding);
});

test("all changes may be ignored in the place of one", () => {
  expect(findingsAfter(checkLifecycles, REGION, "[desired_count]", "all")).toBe("");
});

test("finds an output that terraform output -raw refuses", () => {
  const state = stateOf("default");
  expect([...checkOutputs(state)]).toEqual([]);
  expect([...checkOutputs({ ...state, outputs: { security_group_ids: ["sg-1", "sg-2"] } })]).toEqual([
    "output.security_group_ids is no string: terraform output -raw security_group_ids would refuse it",
  ]);
});

test("finds an output, a variable and a command that a document names and that do not exist", () => {
  const text =
    "`terraform output -raw nlb_endpoint`, `TF_VAR_open_ai_key=x`, `npm run deploy-all`\n```hcl\ncpu_units = 1\n```\n";
  expect([...problemsIn({ file: "docs/guides/deploy.md", text }, namesOf(SUBJECT))]).toEqual([
    "docs/guides/deploy.md: there is no output nlb_endpoint",
    "docs/guides/deploy.md: there is no variable open_ai_key",
    "docs/guides/deploy.md: there is no npm script deploy-all",
    "docs/guides/deploy.md: there is no variable cpu_units",
  ]);
});

test.each([
  [
    "with a test that does not exist",
    "[outputs are strings]",
    "[outputs are numbers]",
    '"outputs are numbers" is not in ../tools',
  ],
  ["without a test", "not tested: the servers have no TLS", "", "TLS between the services: it has no test"],
])("finds a promise %s", (_, from, to, finding) => {
  const infra = copyOfInfra();
  const path = join(infra, "CONTRACT.md");
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  expect([...checkContract({ ...SUBJECT, infra })].join("\n")).toContain(finding);
});

test("a change of the HCL, of an example or of a mock makes the states stale", () => {
  expect(isStale(INFRA)).toBe(false);
  for (const pattern of ["modules/**/*.tf", "examples/*.tfvars", "states/*/*.hcl"]) {
    const infra = copyOfInfra();
    const [file = ""] = globSync(pattern, { cwd: infra });
    writeFileSync(join(infra, file), `${readFileSync(join(infra, file), "utf8")}\n`);
    expect(isStale(infra)).toBe(true);
  }
});
