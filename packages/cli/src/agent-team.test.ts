import { describe, expect, test } from "vitest";
import { agentTeam } from "./agent-team.ts";

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const out: string[] = [];
  const err: string[] = [];
  const { signal } = new AbortController();
  const code = await agentTeam(args, {
    env,
    cwd: import.meta.dirname,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    signal,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("a wrong command line gets one line with the fault, then the usage, and exit code 2", () => {
  test.each([
    [[], "agent-team: which command?"],
    [["fly"], "agent-team: there is no command fly"],
    [["up", "--fast"], "agent-team up: Unknown option '--fast'"],
    [["up", "now"], "agent-team up: unexpected argument now"],
    [["up", "--agents"], "agent-team up: Option '--agents <value>' argument missing"],
    [["up", "--agents", "0"], "agent-team up: --agents=0: expected a whole number from 1 to 50"],
    [["up", "--speed", "0.5"], "agent-team up: --speed=0.5: expected a whole number from 1 to 100"],
    [["up", "--name", "Über"], "agent-team up: --name=Über: expected up to 22 lower-case letters, digits and hyphens"],
    ...["luck", "dns,luck", "dns,dns", "all", "direct,dns", ""].map((which): [string[], string] => [
      ["up", "--discovery", which],
      `agent-team up: --discovery=${which}: expected direct, recommended, terraform, or a list of env, lb, cloudmap, dns, each at most once`,
    ]),
    [["run"], "agent-team run: expected a WORKFLOW"],
    [["run", "a/b"], "agent-team run: WORKFLOW=a/b: expected 1 to 128 of A-Z a-z 0-9 . _ -"],
    [["run", "w1", "--input", "{n:1}"], `agent-team run: --input={n:1}: expected JSON such as '{"amount":21}'`],
    [["rerun", "r1", "r2"], "agent-team rerun: unexpected argument r2"],
    [["watch"], "agent-team watch: expected a RUN"],
    [["watch", "r1", "--url", "here"], "agent-team watch: --url=here: expected a URL such as http://127.0.0.1:8000"],
    [["discover"], "agent-team discover: which target?"],
    [["api-key"], "agent-team api-key: expected a SUBJECT"],
    [["api-key", "a:b"], "agent-team api-key: a:b: expected 1 to 128 of A-Z a-z 0-9 . _ @ -"],
    [
      ["api-key", "ci", "--scope", "Admin"],
      "agent-team api-key: --scope=Admin: expected a lower-case word such as admin",
    ],
  ])("%j", async (args, line) => {
    const { code, out, err } = await run(args);
    expect({ code, out, first: err.split("\n")[0] }).toEqual({ code: 2, out: "", first: line });
    expect(err).toContain("Usage: agent-team");
  });

  test("the message for an invalid variable names it", async () => {
    expect((await run(["up"], { PORT: "abc" })).err).toMatch(
      /^agent-team up: PORT=abc: expected a whole number from 1 to 65535\n/,
    );
  });
});

describe("help is printed to standard output, with exit code 0", () => {
  test.each([
    [["--help"]],
    [["help"]],
    [["up", "--help"]],
    [["run", "--help"]],
    [["watch", "--help"]],
    [["rerun", "--help"]],
    [["env", "--help"]],
    [["discover", "--help"]],
    [["api-key", "--help"]],
  ])("%j", async (args) => {
    const { code, out, err } = await run(args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Usage: agent-team/);
  });
});

test("an invalid REDIS_URL is refused before the start, without its password, with exit code 1", async () => {
  const { code, err } = await run(["up"], { REDIS_URL: "redis://:secret@127.0.0.1/one" });
  expect({ code, err }).toEqual({
    code: 1,
    err: "REDIS_URL=redis://[redacted]@127.0.0.1/one: expected a URL such as rediss://:password@host:6379/0",
  });
});

test("an error of the local cloud is printed without a stack, with exit code 1", async () => {
  const { code, err } = await run(["up", "--vpc", "10.0.0.0/16"]);
  expect({ code, err }).toEqual({
    code: 1,
    err: "vpc: expected a /16 of 127.0.0.0/8 such as 127.10.0.0/16, got 10.0.0.0/16",
  });
});
