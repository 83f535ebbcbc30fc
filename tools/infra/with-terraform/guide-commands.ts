/**
 * Runs the commands of the guides against a deployment. A command that this deployment cannot answer is listed with the
 * reason and the test that runs it instead. A command that is in neither list is a finding: each documented command is tried.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import type { Outcome } from "../check.ts";
import type { Run } from "./program.ts";

/** The guides whose commands inspect a deployment. deploy.sh has checks of its own. */
const GUIDES = ["verify", "troubleshoot"];

/** The beginning of a command, and a text that its output contains. The longest beginning that fits counts. */
const ANSWERS: Readonly<Record<string, string>> = {
  "aws ecs describe-services": '"status": "ACTIVE"',
  "aws ecs describe-services --cluster $CLUSTER_NAME --services workflow-agent-service --query": "[",
  "aws ecs list-tasks": '"taskArns"',
  "aws ecs describe-task-definition": '"WORKFLOW_ENGINE_DNS_NAME"',
  "aws servicediscovery list-services": '"workflow-agent"',
  "aws ec2 describe-security-groups": '"agent-team-production-workflow-engine"',
  "aws elbv2 describe-target-health": '"TargetHealthDescriptions"',
  "terraform output": "agent-team-production",
};

const NO_TASKS = "moto runs no tasks: the local cloud does, and e2e/test/seed-commands.test.ts asks it";

const ELSEWHERE: Readonly<Record<string, string>> = {
  nslookup: NO_TASKS,
  grpc_health_probe: NO_TASKS,
  curl: NO_TASKS,
  "aws ecs execute-command": "moto opens no shells, and Fargate's need a plugin of their own",
  "docker exec": "there is no Docker; e2e/long/deploy-folder.long.ts runs the image's probe",
  "aws logs get-log-events": NO_TASKS,
  "aws logs tail": "version 1 of the command line lacks it",
  "aws servicediscovery discover-instances":
    "moto does not find services that Terraform made; the local cloud's are found",
};

export interface GuideCommand {
  /** In one line. */
  readonly text: string;
  /** The assignments that precede the command. */
  readonly before: readonly string[];
}

/** The text of the guides, in the order in which people read them. */
export function readGuides(): string {
  return GUIDES.map((name) => readFileSync(join(ROOT, "docs", "guides", `${name}.md`), "utf8")).join("\n");
}

/** Runs each command that the deployment can answer. */
export async function runGuide(markdown: string, shell: (line: string) => Promise<Run>): Promise<Outcome> {
  const findings: string[] = [];
  const elsewhere = new Set<string>();
  let ran = 0;
  for (const command of commandsIn(markdown)) {
    const beginning = beginningOf(command.text, ELSEWHERE);
    const answer = ANSWERS[beginningOf(command.text, ANSWERS) ?? ""];
    if (beginning !== undefined) elsewhere.add(beginning);
    else if (answer === undefined)
      findings.push(
        `${command.text}\nis in a guide: add its expected output to ANSWERS, or the reason why it cannot run here to ELSEWHERE`,
      );
    else {
      ran += 1;
      const { status, output } = await shell([...command.before, command.text].join("\n"));
      if (status !== 0 || !output.includes(answer)) findings.push(`${command.text}\n${output.trim()}`);
    }
  }
  return { findings, note: `${ran} commands; not here: ${[...elsewhere].join(", ")}` };
}

export function commandsIn(markdown: string): readonly GuideCommand[] {
  const lines = [...markdown.matchAll(/```bash\n([^]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .replaceAll(/\\\n\s*/g, "")
      .trim()
      .split("\n"),
  );
  const before: string[] = [];
  return lines.flatMap((text) => {
    if (!/^(?:export )?\w+=/.test(text)) return [{ text, before: [...before] }];
    before.push(text);
    return [];
  });
}

function beginningOf(text: string, entries: Readonly<Record<string, string>>): string | undefined {
  const fitting = Object.keys(entries).filter((beginning) => text.startsWith(beginning));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}
