import { expect, test } from "vitest";
import { commandsIn, readGuides, runGuide } from "./guide-commands.ts";

const GUIDE = `# Verify
\`\`\`bash
NAME=$(terraform output -raw name)
aws ecs list-tasks --cluster $NAME \\
  --service-name workflow-agent-service
\`\`\`
\`\`\`json
{ "taskArns": [] }
\`\`\`
# Troubleshoot
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
  expect(commandsIn(GUIDE)).toHaveLength(3);
});

test("an unlisted command is a finding, a command that needs tasks is named, and the others are run", async () => {
  const lines: string[] = [];
  const { findings, note } = await runGuide(GUIDE, async (line) => {
    lines.push(line);
    return { status: 0, stdout: "", output: '{ "taskArns": [] }' };
  });
  expect(findings).toEqual([
    "aws s3 ls\nis in a guide: add its expected output to ANSWERS, or the reason why it cannot run here to ELSEWHERE",
  ]);
  expect(note).toBe("1 commands; not here: nslookup");
  expect(lines).toHaveLength(1);
});

test("an answer without the expected text is a finding", async () => {
  const { findings } = await runGuide(GUIDE, async () => ({ status: 0, stdout: "", output: "null" }));
  expect(findings).toContainEqual(expect.stringMatching(/^aws ecs list-tasks .*\nnull$/));
});

test("the guides have commands to run", () => {
  expect(commandsIn(readGuides()).length).toBeGreaterThan(12);
});
