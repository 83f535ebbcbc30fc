import { expect, test } from "vitest";
import { readEngineConfig } from "./config.ts";

test.for([
  ["GRPC_PORT", "abc"],
  ["HTTP_ALLOW_HOSTS", "http://a"],
  ["MAX_WORKFLOWS_PER_OWNER", "0"],
  ["MAX_RUN_MIB_PER_OWNER", "many"],
  ["RUN_RETENTION_HOURS", "23"],
  ["RUN_LEASE_MS", "299"],
] as const)("%s=%s is refused with one line: the variable, its value and what is expected", ([name, value]) => {
  const [line, ...others] = problemsOf({ [name]: value });

  expect(line).toMatch(new RegExp(`^${name}=${value}: expected [^\n]+$`));
  expect(others).toEqual([]);
});

test("production requires IDENTITY_SECRET", () => {
  expect(problemsOf({ ENVIRONMENT: "production" })).toEqual([
    expect.stringMatching(/^IDENTITY_SECRET is not set: expected [^\n]+ENVIRONMENT=production[^\n]*$/),
  ]);
});

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readEngineConfig(env);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}
