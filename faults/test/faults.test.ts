// The command as a user starts it. Oracles and coarse properties are tested here; no time and no target is.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runExchanges } from "../src/generated/exchanges.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

async function faults(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(...args);
  const exited = once(child, "close") as Promise<[number]>;
  const [out, err] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => text(stream as NonNullable<typeof stream>)),
  );
  return { code: (await exited)[0], out: out ?? "", err: err ?? "" };
}

/** The lines about broken oracles. Node may write warnings beside them. */
function oraclesOf(err: string): readonly string[] {
  return err.split("\n").filter((line) => line.startsWith("ORACLE"));
}

test.each([
  [[], "got nothing"],
  [["faling"], 'got "faling"'],
  [["dns-subset"], "dns-subset is not built yet"],
  [["turns", "--case", "SIGHUP"], 'expected one of "SIGKILL at each event"'],
  [["failing", "slow"], 'got "failing" "slow"'],
  [["failing", "--repeats", "0"], '--repeats: expected a whole number from 1 to 1000, got "0"'],
  [["failing", "--client", "theirs"], 'got "theirs"'],
])("%j is refused in one line", async (args, problem) => {
  const { code, err } = await faults(...args);

  expect({ code, lines: err.trimEnd().split("\n").length }).toEqual({ code: 2, lines: 1 });
  expect(err).toContain(problem);
});

test("no generated answer that is wrong or cut is a success, and none that is right fails", async () => {
  const { exchanges, ends, violations } = await runExchanges(3_000, 1);

  expect(violations).toEqual([]);
  expect(exchanges).toBeGreaterThanOrEqual(3_000);
  expect(ends["ok"]).toBeGreaterThan(200);
});

test("our client keeps the oracles beside a failing host", { timeout: 60_000 }, async () => {
  const { code, out, err } = await faults("failing", "--case", "3 hosts, 200 calls/s", "--client", "ours", "--json");

  expect({ code, oracles: oraclesOf(err) }).toEqual({ code: 0, oracles: [] });
  const [scenario] = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "").scenarios;
  const { ours } = scenario.cases[0].clients;
  expect(ours.calls).toBeGreaterThan(500);
  expect(ours.duplicates).toBe(0);
  expect(ours.faultyShare).toBeLessThan(0.2);
});

test("our client keeps the oracles when a host is killed", { timeout: 60_000 }, async () => {
  const args = ["kill", "--case", "3 hosts, ten in flight on each", "--client", "ours", "--json"];
  const { code, out, err } = await faults(...args);

  expect({ code, oracles: oraclesOf(err) }).toEqual({ code: 0, oracles: [] });
  const [scenario] = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "").scenarios;
  expect(scenario.cases[0].clients.ours).toMatchObject({ duplicates: 0 });
});

test("a run that is interrupted leaves no process", { timeout: 60_000 }, async () => {
  const run = start("failing");
  const gone = once(run, "close"); // when no process holds its output, which each of them inherits
  await new Promise<void>((resolve) => run.stdout?.on("data", (chunk: Buffer) => chunk.includes("##") && resolve()));
  run.kill("SIGINT");

  expect((await gone)[0]).toBe(130);
});
