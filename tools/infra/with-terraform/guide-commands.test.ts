import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../check/tool.ts";
import { commandsIn, runGuide } from "./guide-commands.ts";

const GUIDE = `# Deploy
## 3. Deploy
\`\`\`bash
./deploy.sh deploy
\`\`\`
## 4. Verify
\`\`\`bash
NAME=$(terraform output -raw name)
aws ecs list-tasks --cluster $NAME \\
  --service-name workflow-agent-service
\`\`\`
## 6. Debug
\`\`\`bash
nslookup workflow-agent.agent-team-production.local
aws s3 ls
\`\`\`
`;

test("a command is read whole, after the assignments that come before it", () => {
  expect(commandsIn(GUIDE)).toContainEqual({
    text: "aws ecs list-tasks --cluster $NAME --service-name workflow-agent-service",
    before: ["NAME=$(terraform output -raw name)"],
  });
  expect(commandsIn(GUIDE).map(({ text }) => text)).not.toContain("./deploy.sh deploy");
});

test("a command that nobody knows is a finding, one that needs tasks is named, the others are run", async () => {
  const lines: string[] = [];
  const { findings, note } = await runGuide(GUIDE, async (line) => {
    lines.push(line);
    return { status: 0, stdout: "", output: '{ "taskArns": [] }' };
  });
  expect(findings).toEqual(["aws s3 ls\nis in the guide, and nobody says what it answers"]);
  expect(note).toBe("1 commands; not here: nslookup");
  expect(lines).toHaveLength(1);
});

test("an answer without what the guide shows is a finding", async () => {
  const { findings } = await runGuide(GUIDE, async () => ({ status: 0, stdout: "", output: "null" }));
  expect(findings).toContainEqual(expect.stringMatching(/^aws ecs list-tasks .*\nnull$/));
});

test("the guide itself has commands to run", () => {
  const guide = readFileSync(join(ROOT, "docs", "guides", "deploy.md"), "utf8");
  expect(commandsIn(guide).length).toBeGreaterThan(12);
});
