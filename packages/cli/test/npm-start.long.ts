// The processes of `npm start`: npm, tools/run.mjs, the cloud and its tasks. The cloud and its tasks end when any of the
// others ends. Ctrl-C, which reaches all of them, is in e2e/test/seed-commands.test.ts.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@agent-team/test-support/free-port";
import { taskProcesses } from "@agent-team/test-support/task-processes";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { parentOf, TEST_VPC } from "./support.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const START = `npm start -- --agents 1 --vpc ${TEST_VPC}`;
const SLOW = { timeout: 60_000 };

interface Started {
  /** The spawned process. */
  readonly pid: number;
  readonly cloudPid: number;
  readonly runPid: number;
  readonly npmPid: number;
  /** Resolves when the cloud and its tasks have ended. */
  untilEverythingEnded(): Promise<void>;
  /** Whether the cloud closed in order: it has removed its record. */
  closedInOrder(): boolean;
}

/** Runs the `npm start` of the repository in a folder of its own, to which it writes its files. */
async function start(program: string, args: readonly string[]): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "agent-team-npm-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: { start: string } };
  const script = scripts.start.replace("tools/run.mjs", join(ROOT, "tools", "run.mjs"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start: script } }));
  const child = spawn(program, args, {
    cwd: folder,
    // A process group of its own, as a shell with job control gives one to each command.
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PORT: String(await freePort()), SHELL: "/bin/sh" },
  });
  onTestFinished(() => endGroup(child));
  const apiUrl = await outputOf(child, /AWS API {5}(\S+)[^]*Ctrl-C stops everything/);
  const { pid: cloudPid } = (await (await fetch(apiUrl)).json()) as { readonly pid: number };
  const runPid = parentOf(cloudPid);
  return {
    pid: child.pid as number,
    cloudPid,
    runPid,
    npmPid: parentOf(runPid),
    untilEverythingEnded: () =>
      expect
        .poll(() => [...taskProcesses(TEST_VPC), ...(existsSync(`/proc/${cloudPid}`) ? [cloudPid] : [])], {
          timeout: 20_000,
        })
        .toEqual([]),
    closedInOrder: () => readdirSync(join(folder, ".local-cloud")).join() === "logs",
  };
}

/** Resolves to the match of the first group of `pattern` in the program's output. */
async function outputOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    const found = pattern.exec(text.replaceAll("\r", ""));
    if (found !== null) return found[1] ?? "";
  }
  throw new Error(`ended before ${pattern}: ${text}`);
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), "SIGKILL");
  } catch {
    // ESRCH: it has ended.
  }
}

beforeEach(({ skip }) => skip(process.platform !== "linux", "reads /proc"));

// SIGHUP comes when the terminal is closed, see below.
test.for(["SIGINT", "SIGTERM", "SIGKILL"] as const)("the cloud closes when npm alone gets %s", SLOW, async (signal) => {
  const started = await start("/bin/sh", ["-c", `exec ${START}`]);
  expect(started.npmPid).toBe(started.pid);
  process.kill(started.npmPid, signal);
  await started.untilEverythingEnded();
  expect(started.closedInOrder()).toBe(true);
});

test("the cloud closes when the program that npm runs is killed", SLOW, async () => {
  const started = await start("/bin/sh", ["-c", `exec ${START}`]);
  process.kill(started.runPid, "SIGKILL");
  await started.untilEverythingEnded();
  expect(started.closedInOrder()).toBe(true);
});

const TERMINAL = "/usr/bin/script";
const WHY_NO_TERMINAL = existsSync(TERMINAL) ? undefined : "needs script, of util-linux";

/** Runs it in a pseudo-terminal of `script`. The shell is the leader of its session. */
const startInTerminal = (): Promise<Started> => start(TERMINAL, ["-qfec", `${START}; true`, "/dev/null"]);

test("the cloud closes when its terminal is closed", SLOW, async ({ skip }) => {
  skip(WHY_NO_TERMINAL !== undefined, WHY_NO_TERMINAL);
  const started = await startInTerminal();
  process.kill(started.pid, "SIGKILL");
  await started.untilEverythingEnded();
  expect(started.closedInOrder()).toBe(true);
});

test("the cloud closes when the shell of its terminal is killed", SLOW, async ({ skip }) => {
  skip(WHY_NO_TERMINAL !== undefined, WHY_NO_TERMINAL);
  const started = await startInTerminal();
  const shell = parentOf(started.npmPid);
  expect(readFileSync(`/proc/${shell}/cmdline`, "utf8")).toContain("sh\0-c\0npm start");
  process.kill(shell, "SIGKILL");
  await started.untilEverythingEnded();
  expect(started.closedInOrder()).toBe(true);
});
