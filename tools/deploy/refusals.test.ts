// What deploy.sh refuses: with one line and exit code 2, before anything has changed.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Run, StubMachine } from "./stub-machine.ts";

/** Calls that change something in AWS or on this machine. */
const CHANGES = / (apply|destroy|build|push|run pack|init|plan)\b/;

function expectRefusal({ code, stderr, calls }: Run, line: string): void {
  expect(stderr).toContain(line);
  expect(code).toBe(2);
  expect(calls.filter((call) => CHANGES.test(call))).toEqual([]);
}

test.for([
  [[], "deploy.sh: no command: expected plan, deploy or destroy"],
  [["fly"], "deploy.sh: unknown argument fly"],
  [["plan", "deploy"], "deploy.sh: one command at a time: plan and deploy"],
  [["plan", "--image-tag"], "deploy.sh: --image-tag: expected a value"],
  [["deploy", "--yes", "--image-tag", "latest"], "deploy.sh: --image-tag latest: expected a tag that names one build"],
  [["deploy", "--yes", "--image-tag", "a b"], "deploy.sh: --image-tag a b: expected letters, digits, dots, hyphens"],
  [["plan", "--var-file", "none.tfvars"], "none.tfvars: expected a file that can be read"],
  [["deploy"], "deploy.sh: there is no terminal for the confirmation: deploy needs --yes"],
  [["destroy"], "deploy.sh: there is no terminal for the confirmation: destroy needs --yes"],
] as const)("%j is wrong use", ([args, line]) => {
  expectRefusal(new StubMachine().run(args), line);
});

test("--help prints the usage and exits with 0", () => {
  expect(new StubMachine().run(["--help"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Usage: .\/deploy.sh/),
  });
});

test.for([
  ["terraform", "missing: terraform 1.11 or later"],
  ["aws", "missing: aws, the command line"],
  ["git", "missing: git"],
  ["npm", "missing: npm"],
  ["docker", "missing: docker"],
] as const)("without %s the reason and the way to install it are printed", ([tool, line]) => {
  const run = new StubMachine().without(tool).run(["deploy", "--yes"]);
  expectRefusal(run, line);
  expect(run.stderr).toMatch(/\n {2}why: .+\n {2}how: .+\n/);
});

test.for([
  ["an old terraform", { "terraform version": "echo 'Terraform v1.10.5'" }, "terraform 1.11 or later, found 1.10.5"],
  ["a terraform that does not start", { "terraform version": "exit 1" }, "terraform 1.11 or later, found no version"],
  ["no credentials", { "aws sts *": "exit 255" }, "missing: AWS credentials"],
  [
    "an expired session",
    { "aws sts *": "echo 'Error loading SSO Token: Token for team has expired' >&2; exit 255" },
    "why: Error loading SSO Token: Token for team has expired",
  ],
  ["a docker without its daemon", { "docker info": "exit 1" }, "missing: the docker daemon"],
  ["a dirty tree", { "git * status --porcelain": "echo ' M infra/main.tf'" }, "missing: a clean tree"],
] as const)("%s is refused", ([, answers, line]) => {
  expectRefusal(new StubMachine(answers).run(["deploy", "--yes"]), line);
});

test.for(["1.11.0", "1.15.2", "2.0.0"])("terraform %s is accepted", (version) => {
  const machine = new StubMachine({ "terraform version": `echo 'Terraform v${version}'` });
  expect(machine.run(["plan"]).code).toBe(0);
});

test("terraform.tfvars must be there, or another file in its place", () => {
  const machine = new StubMachine();
  rmSync(join(machine.infra, "terraform.tfvars"));
  expectRefusal(
    machine.run(["plan"]),
    `how: cp ${machine.infra}/terraform.tfvars.example ${machine.infra}/terraform.tfvars`,
  );
  expect(machine.run(["plan", "--var-file", "deploy.sh"]).code).toBe(0);
});

test("credentials of another account are refused, those of the expected one are accepted", () => {
  const env = { EXPECTED_AWS_ACCOUNT: "210987654321" };
  expectRefusal(
    new StubMachine().run(["plan"], { env }),
    "EXPECTED_AWS_ACCOUNT names it, and the current credentials belong to 123456789012",
  );
  expect(new StubMachine().run(["plan"], { env: { EXPECTED_AWS_ACCOUNT: "123456789012" } }).code).toBe(0);
});

test("all that is missing is listed at once", () => {
  const machine = new StubMachine({ "aws sts *": "exit 255", "git * status --porcelain": "echo x" }).without("docker");
  const run = machine.run(["deploy", "--yes"]);
  expectRefusal(run, "deploy.sh: 3 missing, nothing was changed");
});

test("a plan needs neither docker nor a clean tree", () => {
  const machine = new StubMachine({ "git * status --porcelain": "echo x" }).without("docker").without("npm");
  expect(machine.run(["plan"]).code).toBe(0);
});

test("destroying production needs its name, also with --yes", () => {
  const destroyed = (...args: readonly string[]) => {
    const { code, stderr, calls } = new StubMachine().run(["destroy", "--yes", ...args]);
    return { code, stderr, destroyed: calls.some((call) => call.includes(" destroy ")) };
  };
  expect(destroyed()).toEqual({
    code: 2,
    stderr: expect.stringContaining("destroying production needs --confirm agent-team-production"),
    destroyed: false,
  });
  expect(destroyed("--confirm", "agent-team-staging")).toEqual({
    code: 2,
    stderr: expect.stringContaining("--confirm agent-team-staging: this is agent-team-production"),
    destroyed: false,
  });
  expect(destroyed("--confirm", "agent-team-production")).toMatchObject({ code: 0, destroyed: true });
});
