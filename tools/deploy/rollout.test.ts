// How deploy.sh waits for the services, and what it prints when they do not become healthy.

import { expect, test } from "vitest";
import { type Answers, type Run, StubMachine } from "./stub-machine.ts";

const SERVICE_STATE = "aws ecs describe-services *rolloutState*";
const AGENT_STATE = "aws ecs describe-services *workflow-agent-service*rolloutState*";
/** The image of the stubbed account's only task definition. */
const RUNNING = "aws ecs describe-task-definition *";

const WHY: Answers = {
  "aws ecs describe-services *events*": "echo '(service workflow-agent-service) tasks failed to start.'",
  "aws ecs list-tasks *": "echo arn:task",
  "aws ecs describe-tasks *": "echo 'TaskFailedToStart	CannotPullContainerError'",
  "aws logs filter-log-events *": "echo 'GRPC_PORT=abc: expected a port'",
};

function deploy(answers: Answers): Run {
  return new StubMachine({ "aws ecr describe-images *": ":", ...answers }).run(["deploy", "--yes"]);
}

test("progress is printed every ten seconds until all three are healthy", () => {
  const { code, stdout, calls } = deploy({
    [AGENT_STATE]:
      `if [ "$(nth 'aws ecs describe-services --cluster agent-team-production --services workflow-agent-service --query services[0].[')" -lt 3 ]; ` +
      "then printf 'ACTIVE\\t2\\t1\\tIN_PROGRESS\\n'; else printf 'ACTIVE\\t2\\t2\\tCOMPLETED\\n'; fi",
  });
  expect(code).toBe(0);
  expect(stdout).toContain("\n0 s: workflow-agent (1 of 2, IN_PROGRESS)\n10 s: workflow-agent (1 of 2, IN_PROGRESS)\n");
  expect(calls.filter((call) => call.startsWith("sleep"))).toEqual(["sleep 10", "sleep 10"]);
  expect(stdout).toContain("workflow-agent runs 0123456789ab-x86_64 in us-east-1");
  expect(calls.at(-2)).toMatch(/^aws elbv2 describe-target-health --target-group-arn arn:target-group /);
});

test("a service that ECS rolled back is a failure with its reason and the previous tag", () => {
  const { code, stdout, stderr } = deploy({
    ...WHY,
    [RUNNING]: "echo registry/agent-team-production/service:fedcba987654-x86_64",
  });
  expect(code).toBe(1);
  expect(stdout).toContain("(service workflow-agent-service) tasks failed to start.");
  expect(stdout).toContain("CannotPullContainerError");
  expect(stdout).toContain("GRPC_PORT=abc: expected a port");
  expect(stderr).toContain("./deploy.sh deploy --image-tag fedcba987654-x86_64");
  expect(stderr).toContain(
    "deploy.sh: workflow-engine runs fedcba987654-x86_64 in us-east-1 and not 0123456789ab-x86_64: ECS rolled it back",
  );
});

test("a second region that does not become healthy is a failure, after a first one that did", () => {
  const { code, stdout, stderr } = deploy({
    ...WHY,
    "terraform -chdir=* console*": `echo '"agent-team-production production X86_64 us-east-1 eu-west-1"'`,
    [AGENT_STATE]:
      "if [ $AWS_REGION = us-east-1 ]; then printf 'ACTIVE\\t2\\t2\\tCOMPLETED\\n'; else printf 'ACTIVE\\t2\\t0\\tFAILED\\n'; fi",
  });
  expect(code).toBe(1);
  expect(stdout).toContain("workflow-agent runs 0123456789ab-x86_64 in us-east-1");
  expect(stdout).toContain("GRPC_PORT=abc: expected a port");
  expect(stderr).toContain("deploy.sh: workflow-agent did not become healthy in eu-west-1");
});

test("a service whose last deployment failed is deployed again, also without a change", () => {
  const { code, stdout, calls } = deploy({
    "terraform -chdir=* plan *": "echo 'No changes. Your infrastructure matches the configuration.'",
    "aws ecs describe-services *workflow-agent-service --query services[0].deployments*": "echo FAILED",
  });
  expect(code).toBe(0);
  expect(stdout).toContain("workflow-agent failed in us-east-1 before: deploying it again");
  expect(calls.filter((call) => call.includes("--force-new-deployment"))).toEqual([
    expect.stringContaining("--service workflow-agent-service "),
  ]);
});

test("after a failed first deployment no rollback is suggested", () => {
  const { code, stderr } = deploy({
    ...WHY,
    "aws ecs describe-services *services[0].taskDefinition*": "exit 254",
    [AGENT_STATE]: "printf 'ACTIVE\\t2\\t0\\tFAILED\\n'",
  });
  expect(code).toBe(1);
  expect(stderr).toContain(
    "deploy.sh: workflow-agent did not become healthy in us-east-1, and there is nothing to roll back to",
  );
  expect(stderr).not.toContain("--image-tag");
});

test("after twenty minutes it fails and shows why", () => {
  const { code, stdout, stderr, calls } = deploy({ ...WHY, [AGENT_STATE]: "printf 'ACTIVE\\t2\\t0\\tIN_PROGRESS\\n'" });
  expect(code).toBe(1);
  expect(calls.filter((call) => call === "sleep 10")).toHaveLength(120);
  expect(stdout).toContain("==> workflow-agent: last events");
  expect(stdout).not.toContain("==> api-gateway: last events");
  expect(stderr).toContain(
    "deploy.sh: not healthy in us-east-1 after 20 minutes: workflow-agent (0 of 2, IN_PROGRESS)",
  );
});

test.for([
  ["INACTIVE", "deploy.sh: the service workflow-engine-service in us-east-1 is INACTIVE"],
  ["None", "deploy.sh: the service workflow-engine-service in us-east-1 is missing"],
] as const)("a service that is %s is not waited for", ([status, line]) => {
  const { code, stderr, calls } = deploy({ [SERVICE_STATE]: `echo ${status}` });
  expect(code).toBe(1);
  expect(stderr).toContain(line);
  expect(calls.filter((call) => call.startsWith("sleep"))).toEqual([]);
});

test("a call that fails is repeated", () => {
  const { code, stdout } = deploy({
    [AGENT_STATE]:
      `[ "$(nth 'aws ecs describe-services --cluster agent-team-production --services workflow-agent-service --query services[0].[')" -gt 1 ] || exit 255; ` +
      "printf 'ACTIVE\\t2\\t2\\tCOMPLETED\\n'",
  });
  expect(code).toBe(0);
  expect(stdout).toContain("0 s: workflow-agent (no answer)");
});
