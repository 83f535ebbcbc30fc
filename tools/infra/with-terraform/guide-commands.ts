/**
 * The commands of docs/guides/deploy.md, run as they stand there against a deployment. What cannot be answered without
 * tasks that run is named with its reason and with what answers it instead; a command that neither list knows is a finding,
 * so that none comes into the guide untried.
 */

import type { Outcome } from "../check.ts";
import type { Run } from "./program.ts";

/** Where people look at what they deployed. The sections before are deploy.sh's, which has checks of its own. */
const SECTIONS = ["4. Verify", "5. Troubleshoot", "6. Debug"];

/** How a command begins, and a word that a good answer holds. The longest beginning that fits counts. */
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
  "docker exec": "there is no Docker; e2e/test/deploy-folder.test.ts runs the image's probe",
  "aws logs get-log-events": NO_TASKS,
  "aws logs tail": "version 1 of the command line lacks it",
  "aws servicediscovery discover-instances":
    "moto does not find services that Terraform made; the local cloud's are found",
};

export interface GuideCommand {
  /** Without its line breaks. */
  readonly text: string;
  /** The assignments that the guide has the reader make before. */
  readonly before: readonly string[];
}

/** Runs each command that can be answered. */
export async function runGuide(markdown: string, shell: (line: string) => Promise<Run>): Promise<Outcome> {
  const findings: string[] = [];
  const elsewhere = new Set<string>();
  let ran = 0;
  for (const command of commandsIn(markdown)) {
    const beginning = beginningOf(command.text, ELSEWHERE);
    const answer = ANSWERS[beginningOf(command.text, ANSWERS) ?? ""];
    if (beginning !== undefined) elsewhere.add(beginning);
    else if (answer === undefined) findings.push(`${command.text}\nis in the guide, and nobody says what it answers`);
    else {
      ran += 1;
      const { status, output } = await shell([...command.before, command.text].join("\n"));
      if (status !== 0 || !output.includes(answer)) findings.push(`${command.text}\n${output.trim()}`);
    }
  }
  return { findings, note: `${ran} commands; not here: ${[...elsewhere].join(", ")}` };
}

export function commandsIn(markdown: string): readonly GuideCommand[] {
  const sections = markdown.split(/^## /m).filter((section) => SECTIONS.some((title) => section.startsWith(title)));
  const lines = sections
    .flatMap((section) => [...section.matchAll(/```bash\n([^]*?)```/g)].map((match) => match[1] ?? ""))
    .flatMap((block) =>
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
