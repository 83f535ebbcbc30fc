/** What only an apply shows: that AWS's own order, names and answers fit. Moto is no AWS, so this is a rehearsal. */

import { findProgram } from "@agent-team/test-support/find-program";
import type { Check, Outcome } from "../check.ts";
import { Deployment } from "./deployment.ts";
import { readGuides, runGuide } from "./guide-commands.ts";
import type { Run } from "./program.ts";
import { missingForTerraform } from "./terraform.ts";

const DEPLOY_LIMIT_MS = 240_000;
const PLAN_LIMIT_MS = 90_000;
const COMMAND_LIMIT_MS = 20_000;
const DESTROY_LIMIT_MS = 120_000;

const DEFINITIONS = "module.region.aws_ecs_task_definition.this";
/** A later image than that of the deployment: it makes new revisions. */
const NEXT_TAG = "4567def";

/** What moto forgets of what it was told, by type: these differ at each plan, and nothing else may. */
const MOTO_FORGETS: Readonly<Record<string, readonly string[]>> = {
  aws_ecs_service: ["availability_zone_rebalancing", "capacity_provider_strategy", "health_check_grace_period_seconds"],
  // Of the rules that name a group; those that name addresses it keeps.
  aws_vpc_security_group_egress_rule: ["description"],
  aws_vpc_security_group_ingress_rule: ["description"],
};

/** One deployment that all of these share; the last one ends it. */
export function motoChecks(infra: string): readonly Check[] {
  let deployment: Promise<Deployment> | undefined;
  const isUp = async (): Promise<Deployment> => {
    if (deployment === undefined) throw new Error("nothing was deployed");
    return deployment;
  };
  const needed = { missing: missingForMoto };
  return [
    {
      ...needed,
      name: "deploy.sh deploy, against moto",
      loss: "whether an apply gets through",
      run: async () => {
        const preparing = Deployment.prepare(infra);
        const run = await (await preparing).deploy(DEPLOY_LIMIT_MS);
        // Also after a failure: what is there can be looked at, and must go.
        deployment = preparing;
        return outcomeOf(run, /(\d+) added/.exec(run.output)?.[0]);
      },
    },
    {
      ...needed,
      name: "a second plan changes nothing",
      loss: "whether applies come to an end",
      run: async () => planAgain(await isUp()),
    },
    {
      ...needed,
      name: "a new image leaves the revisions that ran",
      loss: "whether a rollback finds its revision",
      run: async () => replaceRevisions(await isUp()),
    },
    {
      ...needed,
      name: "the guides' commands",
      loss: "whether the documented commands work",
      run: async () => {
        const it = await isUp();
        return runGuide(readGuides(), (line) => it.shell(line, COMMAND_LIMIT_MS));
      },
    },
    {
      ...needed,
      name: "deploy.sh destroy, against moto",
      loss: "whether everything can be removed",
      run: async () => {
        await using it = await isUp();
        // Awaited here: the deployment goes with this function.
        return await destroy(it);
      },
    },
  ];
}

function missingForMoto(): string | undefined {
  const missing = missingForTerraform();
  if (missing !== undefined) return missing;
  const absent = ["moto_server", "aws", "bash", "git"].find((program) => findProgram(program) === undefined);
  return absent === undefined ? undefined : `no ${absent} in PATH`;
}

function outcomeOf({ status, output }: Run, note?: string): Outcome {
  return status === 0 ? { findings: [], note } : { findings: [lastOf(output)] };
}

/** The end of a long output: the reason stands there. */
function lastOf(output: string): string {
  return output.trim().split("\n").slice(-40).join("\n");
}

interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
    /** Why a resource is made anew. */
    readonly replace_paths?: readonly (readonly unknown[])[];
  };
}

async function planAgain(deployment: Deployment): Promise<Outcome> {
  const plan = await deployment.run(
    ["plan", "-input=false", "-var", "image_tag=0123abc", "-out=second.tfplan"],
    PLAN_LIMIT_MS,
  );
  if (plan.status !== 0) return { findings: [lastOf(plan.output)] };
  const shown = await deployment.run(["show", "-json", "second.tfplan"], PLAN_LIMIT_MS);
  const { resource_changes: changes = [] } = JSON.parse(shown.stdout) as {
    resource_changes?: readonly ResourceChange[];
  };
  const findings = changes
    .filter(({ change }) => change.actions.join() !== "no-op" && change.actions.join() !== "read")
    .flatMap(differences);
  return { findings };
}

function differences({ address, type, change }: ResourceChange): readonly string[] {
  const { actions, before, after, replace_paths: causes = [] } = change;
  if (before === null || after === null) return [`${address}: ${actions.join(", ")}`];
  const changed = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const names = actions.includes("create") ? causes.map(([name]) => String(name)) : changed;
  return names
    .filter((name) => !MOTO_FORGETS[type]?.includes(name))
    .map((name) => `${address}: ${name} changes at every plan`);
}

async function replaceRevisions(deployment: Deployment): Promise<Outcome> {
  const apply = await deployment.run(
    ["apply", "-input=false", "-auto-approve", `-target=${DEFINITIONS}`, "-var", `image_tag=${NEXT_TAG}`],
    PLAN_LIMIT_MS,
  );
  if (apply.status !== 0) return { findings: [lastOf(apply.output)] };
  const active = await activeRevisions(deployment);
  // Two of each of the three services: the one that runs, and the next.
  return {
    findings: active.length === 6 ? [] : [`expected two revisions of each service, got ${active.join(" ")}`],
    note: `${active.length} revisions`,
  };
}

/** ARNs of the revisions that ECS starts tasks from. */
async function activeRevisions(deployment: Deployment): Promise<readonly string[]> {
  const list = "aws ecs list-task-definitions --status ACTIVE --query 'taskDefinitionArns[]' --output text";
  const { stdout } = await deployment.shell(list, COMMAND_LIMIT_MS);
  return stdout.split(/\s+/).filter((arn) => arn.startsWith("arn:"));
}

async function destroy(deployment: Deployment): Promise<Outcome> {
  const run = await deployment.destroy(DESTROY_LIMIT_MS);
  if (run.status !== 0) return { findings: [lastOf(run.output)] };
  const { stdout } = await deployment.run(["state", "list"], PLAN_LIMIT_MS);
  const left = [stdout.trim(), ...(await activeRevisions(deployment))].filter((each) => each !== "");
  return {
    findings: left.length === 0 ? [] : [`still there: ${left.join(" ")}`],
    note: /(\d+) destroyed/.exec(run.output)?.[0],
  };
}
