/** tools/run.mjs installs what is missing; here in a folder of its own, with a program in npm's place that the test holds. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";

/** Begins, waits for the file `go`, and leaves what `npm ci` leaves. It ends with its test, which removes the folder. */
const NPM = `#!/bin/sh
echo begin >> npm.log
echo "$@" > npm-arguments
while [ ! -e go ]; do [ -e npm.log ] || exit 1; sleep 0.05; done
mkdir -p node_modules/node/bin
ln -s "${process.execPath}" node_modules/node/bin/node
touch node_modules/.package-lock.json
echo end >> npm.log
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "agent-team-run-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "tools"));
  mkdirSync(join(root, "bin"));
  for (const file of ["run.mjs", "install.mjs"])
    copyFileSync(join(import.meta.dirname, file), join(root, "tools", file));
  writeFileSync(join(root, "package.json"), JSON.stringify({ devDependencies: { node: process.version.slice(1) } }));
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "hello.mjs"), 'console.log("hello")');
  writeFileSync(join(root, "bin", "npm"), NPM, { mode: 0o755 });
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
  output(): string;
}

function run(args: readonly string[] = ["tools/run.mjs", "hello.mjs"]): Run {
  const env = { ...process.env, PATH: `${join(root, "bin")}${delimiter}${process.env["PATH"]}` };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return { child, ended: once(child, "close"), output: () => output };
}

const npmLog = (): string => (existsSync(join(root, "npm.log")) ? readFileSync(join(root, "npm.log"), "utf8") : "");

function letNpmEnd(): void {
  writeFileSync(join(root, "go"), "");
}

test("a second run waits for the install of the first, and both programs run", async () => {
  const first = run();
  await vi.waitFor(() => expect(npmLog()).toBe("begin\n"), { timeout: 10_000 });
  const second = run();
  await vi.waitFor(() => expect(second.output()).toContain("waiting for it"), { timeout: 10_000 });
  letNpmEnd();

  expect([await first.ended, await second.ended]).toEqual([
    [0, null],
    [0, null],
  ]);
  expect([first.output(), second.output()]).toEqual([
    expect.stringMatching(/hello\n$/),
    expect.stringMatching(/hello\n$/),
  ]);
  expect(npmLog()).toBe("begin\nend\n");
  expect(existsSync(join(root, ".npm-ci.lock"))).toBe(false);
});

test("an install continues after its run was killed, and the next run waits for it", async () => {
  const killed = run();
  await vi.waitFor(() => expect(npmLog()).toBe("begin\n"), { timeout: 10_000 });
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  const next = run();
  await vi.waitFor(() => expect(next.output()).toContain("waiting for it"), { timeout: 10_000 });
  letNpmEnd();

  expect(await next.ended).toEqual([0, null]);
  expect(npmLog()).toBe("begin\nend\n");
});

test("the lock of an install that was killed itself is taken over", async () => {
  const dead = spawn(process.execPath, ["-e", ""]);
  await once(dead, "exit");
  writeFileSync(join(root, ".npm-ci.lock"), String(dead.pid));
  letNpmEnd();
  const { ended, output } = run();

  expect(await ended).toEqual([0, null]);
  expect(output()).toContain("hello");
});

test("the line before an install says why it is needed, and npm prefers its cache", async () => {
  letNpmEnd();
  const missing = run();
  await missing.ended;
  expect(missing.output()).toMatch(/^node_modules is missing: npm ci installs it, once …\nhello\n$/);
  expect(readFileSync(join(root, "npm-arguments"), "utf8")).toContain(" --prefer-offline ");

  rmSync(join(root, "node_modules", ".package-lock.json"));
  rmSync(join(root, "node_modules", "node"), { recursive: true });
  const unfinished = run();
  await unfinished.ended;
  expect(unfinished.output()).toMatch(/^node_modules is older than package-lock\.json: /);
});

test("programs keep compiled code in node_modules, or where the caller says", async () => {
  writeFileSync(join(root, "cache.mjs"), "console.log(process.env.NODE_COMPILE_CACHE)");
  letNpmEnd();
  vi.stubEnv("NODE_COMPILE_CACHE", undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const usual = run(["tools/run.mjs", "cache.mjs"]);
  await usual.ended;
  vi.stubEnv("NODE_COMPILE_CACHE", join(root, "elsewhere"));
  const chosen = run(["tools/run.mjs", "cache.mjs"]);
  await chosen.ended;
  expect([usual.output(), chosen.output()].map((text) => text.split("\n").at(-2))).toEqual([
    join(root, "node_modules", ".cache", "node"),
    join(root, "elsewhere"),
  ]);
});

test("an install that takes long says what it may be waiting for", async () => {
  const code = 'import("./tools/install.mjs").then(({ install }) => install(".", 50))';
  const { child, ended, output } = run(["-e", code]);
  await vi.waitFor(() => expect(output()).toContain("npm ci has run for 0.05 s. A registry"), { timeout: 10_000 });
  expect(child.exitCode).toBeNull();
  letNpmEnd();
  expect(await ended).toEqual([0, null]);
});

test("a failing npm is one line and exit code 1", async () => {
  writeFileSync(join(root, "bin", "npm"), "#!/bin/sh\nexit 7\n", { mode: 0o755 });
  const { ended, output } = run();

  expect(await ended).toEqual([1, null]);
  expect(output()).toContain("npm ci failed (7)");
});
