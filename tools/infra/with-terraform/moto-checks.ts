/** The checks that need an apply. moto replaces AWS: it runs no tasks, and forgets some arguments. */

import { findProgram } from "@agent-team/test-support/find-program";
import type { Check, Outcome } from "../check.ts";
import { Deployment } from "./deployment.ts";
import { readGuides, runGuide } from "./guide-commands.ts";
import type { Run } from "./program.ts";
import { missingForTerraform } from "./terraform.ts";

const DEPLOY_LIMIT_MS = 240_000;
const PLAN_LIMIT_MS = 90_000;
const COMMAND_LIMIT_MS = 60_000;
const DESTROY_LIMIT_MS = 120_000;

const DEFINITIONS = "module.region.aws_ecs_task_definition.this";
/** A later image than that of the deployment: it makes new revisions. */
const NEXT_TAG = "4567def";

/** Arguments that moto forgets, by type of resource: only these may differ at each plan. */
const MOTO_FORGETS: Readonly<Record<string, readonly string[]>> = {
  aws_ecs_service: ["availability_zone_rebalancing", "capacity_provider_strategy", "health_check_grace_period_seconds"],
  // Of the rules that name a group. Moto keeps the description of a rule with a CIDR block.
  aws_vpc_security_group_egress_rule: ["description"],
  aws_vpc_security_group_ingress_rule: ["description"],
};

interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
    /** The arguments that make Terraform replace the resource. */
    readonly replace_paths?: readonly (readonly unknown[])[];
  };
}

/** They share one deployment: the first check makes it, the last one removes it. */
export function motoChecks(infra: string): readonly Check[] {
  let deployment: Deployment | undefined;
  const afterDeploy = (name: string, loss: string, check: (it: Deployment) => Promise<Outcome>): Check => ({
    name,
    missing: missingForMoto,
    loss,
    run: async () => {
      if (deployment === undefined) throw new Error("nothing was deployed");
      return check(deployment);
    },
  });
  return [
    {
      name: "deploy.sh deploy, against moto",
      missing: missingForMoto,
      loss: "whether an apply succeeds",
      run: async () => {
        // Kept after a failure, too: its resources are to be looked at, and to be removed.
        deployment = await Deployment.prepare(infra);
        const { output } = succeeded(await deployment.deploy(DEPLOY_LIMIT_MS));
        return { findings: [], note: /\d+ added/.exec(output)?.[0] };
      },
    },
    afterDeploy("a second plan changes nothing", "whether a repeated apply has nothing to do", planAgain),
    afterDeploy("a new image leaves the revisions that ran", "whether a rollback finds its revision", replaceRevisions),
    afterDeploy("the guides' commands", "whether the documented commands work", (it) =>
      runGuide(readGuides(), (line) => it.shell(line, COMMAND_LIMIT_MS)),
    ),
    afterDeploy("deploy.sh destroy, against moto", "whether everything can be removed", destroy),
  ];
}

function missingForMoto(): string | undefined {
  const absent = ["moto_server", "aws", "bash", "git"].find((program) => findProgram(program) === undefined);
  return missingForTerraform() ?? (absent === undefined ? undefined : `no ${absent} in PATH`);
}

/** @throws Error with the end of the output, which names the reason */
function succeeded(run: Run): Run {
  if (run.status !== 0) throw new Error(run.output.trim().split("\n").slice(-40).join("\n"));
  return run;
}

async function planAgain(deployment: Deployment): Promise<Outcome> {
  const plan = ["plan", "-input=false", "-var", "image_tag=0123abc", "-out=second.tfplan"];
  succeeded(await deployment.terraform(plan, PLAN_LIMIT_MS));
  const { stdout } = succeeded(await deployment.terraform(["show", "-json", "second.tfplan"], PLAN_LIMIT_MS));
  const { resource_changes: changes = [] } = JSON.parse(stdout) as { resource_changes?: readonly ResourceChange[] };
  return { findings: changes.flatMap(differences) };
}

function differences({ address, type, change }: ResourceChange): readonly string[] {
  const { actions, before, after, replace_paths: causes = [] } = change;
  if (["no-op", "read"].includes(actions.join())) return [];
  if (before === null || after === null) return [`${address}: ${actions.join(", ")}`];
  const changed = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const names = actions.includes("create") ? causes.map(([name]) => String(name)) : changed;
  return names
    .filter((name) => !MOTO_FORGETS[type]?.includes(name))
    .map((name) => `${address}: ${name} changes at every plan`);
}

async function replaceRevisions(deployment: Deployment): Promise<Outcome> {
  const apply = ["apply", "-input=false", "-auto-approve", `-target=${DEFINITIONS}`, "-var", `image_tag=${NEXT_TAG}`];
  succeeded(await deployment.terraform(apply, PLAN_LIMIT_MS));
  const active = await activeRevisions(deployment);
  // The running revision and the next one of each of the three services.
  return {
    findings: active.length === 6 ? [] : [`expected two revisions of each service, got ${active.join(" ")}`],
    note: `${active.length} revisions`,
  };
}

/** ARNs of the revisions that ECS can start tasks from. */
async function activeRevisions(deployment: Deployment): Promise<readonly string[]> {
  const list = "aws ecs list-task-definitions --status ACTIVE --query 'taskDefinitionArns[]' --output text";
  const { stdout } = succeeded(await deployment.shell(list, COMMAND_LIMIT_MS));
  return stdout.split(/\s+/).filter((arn) => arn.startsWith("arn:"));
}

async function destroy(deployment: Deployment): Promise<Outcome> {
  await using it = deployment;
  const { output } = succeeded(await it.destroy(DESTROY_LIMIT_MS));
  const { stdout } = succeeded(await it.terraform(["state", "list"], PLAN_LIMIT_MS));
  const left = [stdout.trim(), ...(await activeRevisions(it))].filter((each) => each !== "");
  return {
    findings: left.length === 0 ? [] : [`not removed: ${left.join(" ")}`],
    note: /\d+ destroyed/.exec(output)?.[0],
  };
}
