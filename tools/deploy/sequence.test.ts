// The commands that deploy.sh calls, and their order.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Answers, StubMachine } from "./stub-machine.ts";

const TERRAFORM = "terraform -chdir=repo/infra";
const TAG = "-var image_tag=0123456789ab";
const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/agent-team-production";
const SERVICES = ["workflow-engine", "workflow-agent", "api-gateway"];

/** The configuration names a second region, and each has a registry of its own. */
const TWO_REGIONS: Answers = {
  "terraform -chdir=* console*": `echo '"agent-team-production production X86_64 us-east-1 eu-west-1"'`,
  "aws ecr describe-repositories *--query*":
    "echo 123456789012.dkr.ecr.$AWS_REGION.amazonaws.com/agent-team-production/workflow-engine",
};

/** Repositories and images are there already. */
const PUSHED: Answers = { "aws ecr describe-images *": ":" };

function stepsOf(calls: readonly string[]): readonly string[] {
  return calls.filter((call) =>
    / (init|validate|plan|apply|destroy|build|push|login|run pack|state|create\S*)\b/.test(call),
  );
}

test("plan initialises, validates and plans, and counts", () => {
  const { code, stdout, calls } = new StubMachine().run(["plan"]);
  expect(code).toBe(0);
  expect(stepsOf(calls)).toEqual([
    `${TERRAFORM} init -input=false`,
    `${TERRAFORM} validate`,
    `${TERRAFORM} plan -input=false -detailed-exitcode -out=tmp/plan ${TAG}`,
  ]);
  expect(stdout).toContain("agent-team-production in us-east-1, account 123456789012");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("Plan: 92 to add, 0 to change, 0 to destroy.");
});

test("deploy builds an image of each service, tagged with the commit, then applies the plan that it showed", () => {
  const { code, calls } = new StubMachine().run(["deploy", "--yes"]);
  expect(code).toBe(0);
  expect(stepsOf(calls)).toEqual([
    `${TERRAFORM} init -input=false`,
    ...SERVICES.map((service) => `npm --prefix repo --silent run pack -- ${service} repo/dist/deploy/${service}`),
    expect.stringMatching(/^(aws ecr get-login-password|docker login .*)$/),
    ...SERVICES.flatMap((service) => [
      `docker build --platform linux/amd64 --build-arg SERVICE=${service} --tag ${IMAGE}/${service}:0123456789ab-x86_64 repo`,
      `docker push ${IMAGE}/${service}:0123456789ab-x86_64`,
    ]),
    `${TERRAFORM} plan -input=false -detailed-exitcode -out=tmp/plan ${TAG}`,
    `${TERRAFORM} apply -input=false tmp/plan`,
  ]);
});

test("missing repositories are created first, and nothing else with them", () => {
  const missing = "echo 'An error occurred (RepositoryNotFoundException)' >&2; exit 254";
  const { calls } = new StubMachine({
    "aws ecr describe-repositories *--query*": "echo registry/agent-team-production/workflow-engine",
    "aws ecr describe-repositories *": missing,
  }).run(["deploy", "--yes"]);
  const steps = stepsOf(calls);
  expect(steps[1]).toBe(
    `${TERRAFORM} apply -input=false -auto-approve -target=module.region.aws_ecr_repository.this ${TAG}`,
  );
  expect(steps.filter((step) => step.includes(" apply "))).toHaveLength(2);
});

test("a second region gets its repositories and its images before the one plan for both", () => {
  const { code, stdout, calls } = new StubMachine({
    ...TWO_REGIONS,
    "aws ecr describe-repositories *":
      "[ $AWS_REGION = us-east-1 ] || { echo 'An error occurred (RepositoryNotFoundException)' >&2; exit 254; }",
  }).run(["deploy", "--yes"]);
  expect(code).toBe(0);
  const steps = stepsOf(calls);
  expect(steps.filter((step) => step.includes(" run pack "))).toHaveLength(3);
  expect(steps.filter((step) => step.startsWith("docker push"))).toEqual(
    ["us-east-1", "eu-west-1"].flatMap((region) =>
      SERVICES.map((service) => `docker push ${IMAGE.replace("us-east-1", region)}/${service}:0123456789ab-x86_64`),
    ),
  );
  expect(steps.filter((step) => /^terraform .*(apply|plan) /.test(step))).toEqual([
    `${TERRAFORM} apply -input=false -auto-approve -target=module.secondary[0].aws_ecr_repository.this ${TAG}`,
    `${TERRAFORM} plan -input=false -detailed-exitcode -out=tmp/plan ${TAG}`,
    `${TERRAFORM} apply -input=false tmp/plan`,
  ]);
  expect(stdout).toContain("agent-team-production in us-east-1 eu-west-1, account 123456789012");
  expect(stdout).toContain("api-gateway runs 0123456789ab-x86_64 in eu-west-1");
  expect(calls.filter((call) => call.startsWith("aws elbv2 describe-target-health"))).toHaveLength(2);
});

test("images that are there are not built again", () => {
  const { calls, stdout } = new StubMachine(PUSHED).run(["deploy", "--yes"]);
  expect(stepsOf(calls).filter((step) => /^(docker|npm)/.test(step))).toEqual([]);
  expect(stdout).toContain("api-gateway:0123456789ab-x86_64 is in us-east-1 already");
});

test("images are built for the processor that they will run on", () => {
  const arm = `echo '"agent-team-staging staging ARM64 eu-west-1"'`;
  const { calls } = new StubMachine({ "terraform -chdir=* console*": arm }).run(["deploy", "--yes"]);
  expect(calls.filter((call) => call.startsWith("docker build --platform linux/arm64"))).toHaveLength(3);
  expect(calls.filter((call) => /^docker push .*:0123456789ab-arm64$/.test(call))).toHaveLength(3);
});

test("the same commit is built again for another architecture", () => {
  const { calls } = new StubMachine({
    "terraform -chdir=* console*": `echo '"agent-team-production production ARM64 us-east-1"'`,
    "aws ecr describe-images *imageTag=0123456789ab-x86_64*": ":",
  }).run(["deploy", "--yes"]);
  expect(calls.filter((call) => /^docker push .*:0123456789ab-arm64$/.test(call))).toHaveLength(3);
});

test("a rollback to an image of another architecture is refused", () => {
  const { code, stderr, calls } = new StubMachine(PUSHED).run(["deploy", "--yes", "--image-tag", "fedcba987654-arm64"]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('fedcba987654-arm64 has another architecture than cpu_architecture = "X86_64"'),
  });
  expect(stepsOf(calls).filter((step) => / (plan|apply|push) /.test(step))).toEqual([]);
});

test("a tag with the configured architecture is accepted", () => {
  const { code, calls } = new StubMachine({
    ...PUSHED,
    "aws ecs describe-task-definition *": "echo registry/agent-team-production/service:fedcba987654-x86_64",
  }).run(["deploy", "--yes", "--image-tag", "fedcba987654-x86_64"]);
  expect(code).toBe(0);
  expect(calls).toContain(
    `${TERRAFORM} plan -input=false -detailed-exitcode -out=tmp/plan -var image_tag=fedcba987654`,
  );
});

test("an earlier tag is deployed as it is, and a tag of no image is not made of this tree", () => {
  const back = new StubMachine(PUSHED).run(["deploy", "--yes", "--no-wait", "--image-tag", "fedcba987654"]);
  expect(back.code).toBe(0);
  expect(back.calls).toContain(
    `${TERRAFORM} plan -input=false -detailed-exitcode -out=tmp/plan -var image_tag=fedcba987654`,
  );

  const typo = new StubMachine().run(["deploy", "--yes", "--image-tag", "fedcba98765"]);
  expect(typo.code).toBe(1);
  expect(typo.stderr).toContain(
    "there is no image agent-team-production/workflow-engine:fedcba98765-x86_64 in us-east-1",
  );
  expect(stepsOf(typo.calls).filter((step) => / (apply|build|push) /.test(step))).toEqual([]);
});

test("with --allow-dirty the tag names the commit and what the folders hold", () => {
  const machine = new StubMachine({
    "git * status --porcelain": "echo ' M a'",
    "npm *": `mkdir=1; f="\${call##* }"; printf '' > "$f/main.js"`,
    "git hash-object --no-filters --stdin-paths": "cat >/dev/null; echo blob",
    "git hash-object --stdin": "cat >/dev/null; echo abcdef0123456789",
  });
  for (const service of SERVICES) mkdirSync(join(machine.root, "repo", "dist", "deploy", service), { recursive: true });
  const { code, calls, stderr } = machine.run(["deploy", "--yes", "--allow-dirty", "--no-wait"]);
  expect({ code, stderr: stderr.replace(/^warning.*\n/, "") }).toEqual({ code: 0, stderr: "" });
  expect(calls).toContain(`docker push ${IMAGE}/api-gateway:0123456789ab-abcdef012345-x86_64`);
  expect(calls.filter((call) => call.startsWith("npm"))).toHaveLength(3);
});

test("--skip-images and --no-wait: no images, no waiting", () => {
  const machine = new StubMachine().without("docker").without("npm");
  const { code, calls } = machine.run(["deploy", "--yes", "--skip-images", "--no-wait"]);
  expect(code).toBe(0);
  expect(calls.filter((call) => /^(docker|npm|aws ecr|aws elbv2|sleep)/.test(call))).toEqual([]);
});

test("a file of variables goes to each step, secrets are needed at apply too", () => {
  const machine = new StubMachine(PUSHED);
  writeFileSync(join(machine.root, "my.tfvars"), "");
  const { calls } = machine.run(["deploy", "--yes", "--no-wait", "--var-file", "../my.tfvars"], {
    cwd: join(machine.root, "bin"),
  });
  const file = "-var-file=bin/../my.tfvars";
  expect(calls).toContain(`${TERRAFORM} console ${file}`);
  expect(calls).toContain(`${TERRAFORM} plan -input=false -detailed-exitcode -out=tmp/plan ${file} ${TAG}`);
  expect(calls).toContain(`${TERRAFORM} apply -input=false ${file} tmp/plan`);
});

test("without changes nothing is applied, and the services are checked", () => {
  const { code, stdout, calls } = new StubMachine({
    ...PUSHED,
    "terraform -chdir=* plan *": "echo 'No changes. Your infrastructure matches the configuration.'",
  }).run(["deploy", "--yes"]);
  expect({ code, applied: calls.some((call) => call.includes(" apply ")) }).toEqual({ code: 0, applied: false });
  expect(stdout).toContain("api-gateway runs 0123456789ab-x86_64 in us-east-1");
});

test.for([
  ["init", "terraform init failed"],
  ["plan", "terraform plan failed"],
  ["apply", "terraform apply failed"],
] as const)("after a failed %s no other step runs, and no plan is left", ([step, line]) => {
  const machine = new StubMachine({
    ...PUSHED,
    [`terraform -chdir=* ${step} *`]: "echo 'Error: it broke' >&2; exit 1",
  });
  const { code, stderr, calls } = machine.run(["deploy", "--yes"]);
  expect({ code, stderr: stderr.split("\n").slice(-3) }).toEqual({
    code: 1,
    stderr: ["Error: it broke", `deploy.sh: ${line}`, ""],
  });
  expect(calls.at(-1)).toContain(` ${step} `);
  expect(readdirSync(join(machine.root, "tmp"))).toEqual([]);
});

// With S3: its error holds other ids, too. Terraform's console takes the lock before its plan does.
test.for(["console", "plan"])(
  "a state that is locked at %s: the holder and the command to unlock it are printed",
  (step) => {
    const id = "0e1f2233-4455-6677-8899-aabbccddeeff";
    const lock = `Error: Error acquiring the state lock

Error message: operation error S3: PutObject, https response error StatusCode: 412, RequestID: 8SZ0A, HostID: w8k=, api error
Lock Info:
  ID:        ${id}
  Who:       ann@laptop
`;
    const { code, stderr } = new StubMachine({ [`terraform -chdir=* ${step}*`]: `printf '${lock}' >&2; exit 1` }).run([
      "plan",
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`The state is locked by ann@laptop\\. .* terraform -chdir=\\S+ force-unlock ${id}\n`),
    );
  },
);

test("credentials without a region are accepted", () => {
  const { code, stdout } = new StubMachine({
    "aws sts *": `[ -n "$AWS_DEFAULT_REGION" ] || { echo 'You must specify a region.' >&2; exit 255; }; echo 123456789012`,
  }).run(["plan"]);
  expect(code).toBe(0);
  expect(stdout).toContain("account 123456789012");
});

test("a warning of Terraform is not read as a value", () => {
  const { code, stdout } = new StubMachine({
    "terraform -chdir=* console*": `printf '\\nWarning: Value for undeclared variable\\n\\n"agent-team-production production X86_64 us-east-1"\\n'`,
  }).run(["plan"]);
  expect(code).toBe(0);
  expect(stdout).toContain("agent-team-production in us-east-1, account 123456789012");
});

test.for([
  [
    "agent-team-trial",
    "us-east-1",
    "",
    "the state is of agent-team-trial, and the variables name agent-team-production",
  ],
  ["agent-team-production", "us-west-2", "", "the state is of us-west-2, and aws_region is us-east-1"],
  [
    "agent-team-production",
    "us-east-1 eu-west-1",
    "module.secondary[0].aws_vpc.this",
    "the state has a second region, and secondary_region is not",
  ],
] as const)(
  "a state of %s in %s is neither planned, nor deployed, nor destroyed as another",
  ([name, regions, resources, line]) => {
    const commands = [["plan"], ["deploy", "--yes"], ["destroy", "--yes", "--confirm", "agent-team-production"]];
    for (const command of commands) {
      const { code, stderr, calls } = new StubMachine({
        "terraform -chdir=* output -raw name": `echo ${name}`,
        "terraform -chdir=* output -raw regions": `echo ${regions}`,
        "terraform -chdir=* state list": `echo '${resources}'`,
      }).run(command);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(line) });
      expect(stepsOf(calls).filter((step) => / (plan|apply|destroy) /.test(step))).toEqual([]);
    }
  },
);

test("a second region that was destroyed may be removed from the configuration", () => {
  const { code } = new StubMachine({
    "terraform -chdir=* output -raw name": "echo agent-team-production",
    "terraform -chdir=* output -raw regions": "echo us-east-1 eu-west-1",
    "terraform -chdir=* state list": "echo module.region.aws_vpc.this",
  }).run(["plan"]);
  expect(code).toBe(0);
});

test("a tag in a file of variables, or in the environment, is not the one that is deployed", () => {
  const machine = new StubMachine(PUSHED);
  writeFileSync(join(machine.root, "my.tfvars"), "");
  const { calls } = machine.run(["deploy", "--yes", "--no-wait", "--var-file", "../my.tfvars"], {
    cwd: join(machine.root, "bin"),
    env: { TF_VAR_image_tag: "another" },
  });
  expect(stepsOf(calls).filter((step) => step.includes(" plan "))).toEqual([
    expect.stringMatching(new RegExp(`${TAG}$`)),
  ]);
});

test("destroy lists the resources, then destroys them", () => {
  const { code, calls, stdout } = new StubMachine({
    "terraform -chdir=* state list": "echo module.region.aws_vpc.this",
  }).run([...["destroy", "--yes", "--confirm", "agent-team-production"]]);
  expect(code).toBe(0);
  expect(stepsOf(calls)).toEqual([
    `${TERRAFORM} init -input=false`,
    `${TERRAFORM} state list`,
    `${TERRAFORM} destroy -input=false -auto-approve ${TAG}`,
  ]);
  expect(stdout).toMatch(/module.region.aws_vpc.this\nThis destroys agent-team-production in us-east-1/);
});

test("destroy deregisters the revisions of the task definitions", () => {
  const { code, calls } = new StubMachine({
    "aws ecs list-task-definitions *agent-team-production-workflow-agent*": "printf 'arn:agent:1\\tarn:agent:2\\n'",
  }).run(["destroy", "--yes", "--confirm", "agent-team-production"]);
  expect(code).toBe(0);
  expect(calls.filter((call) => call.includes("deregister-task-definition"))).toEqual([
    expect.stringContaining("--task-definition arn:agent:1 "),
    expect.stringContaining("--task-definition arn:agent:2 "),
  ]);
  expect(calls.findIndex((call) => call.includes(" destroy "))).toBeLessThan(
    calls.findIndex((call) => call.includes("deregister-task-definition")),
  );
});

test("destroy is refused while deletion_protection is on", () => {
  const { code, stderr, calls } = new StubMachine({
    "terraform -chdir=* output -raw deletion_protection": "printf true",
  }).run(["destroy", "--yes", "--confirm", "agent-team-production"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("set deletion_protection = false") });
  expect(calls.filter((call) => call.includes(" destroy "))).toEqual([]);
});

// `script` of util-linux provides a terminal.
test.runIf(process.platform === "linux").for([
  ["yes", { code: 0, applied: true }],
  ["no", { code: 1, applied: false }],
] as const)("on a terminal it asks before it applies, and %s is an answer", ([answer, expected]) => {
  const { code, stdout, calls } = new StubMachine(PUSHED).runOnTerminal(["deploy", "--no-wait"], `${answer}\n`);
  expect(stdout).toContain("Apply this plan to agent-team-production in us-east-1? Type yes: ");
  expect({ code, applied: calls.some((call) => call.includes(" apply ")) }).toEqual(expected);
});

test.for(["repo/infra", "repo", "bin"])("it does the same from %s", (folder) => {
  const reference = new StubMachine(PUSHED).run(["deploy", "--yes"]);
  const machine = new StubMachine(PUSHED);
  expect(machine.run(["deploy", "--yes"], { cwd: join(machine.root, folder) })).toMatchObject({
    code: 0,
    calls: reference.calls,
  });
});
