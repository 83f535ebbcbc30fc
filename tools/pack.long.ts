// `npm run pack` itself: what is in the folder, what is not, and what it refuses. e2e/long/deploy-folder.long.ts boots it.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "./check/tool.ts";
import { SERVICES } from "./pack/deploy-folder.ts";
import { sizeOf } from "./pack/size.ts";

/** Most that a service may weigh, without Node. */
const LIMIT_BYTES = 40e6;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function pack(cwd: string, ...args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "tools", "run.mjs"), "tools/pack.ts", ...args],
    {
      cwd,
      encoding: "utf8",
      env: { ...process.env, INIT_CWD: cwd },
    },
  );
  return { code: status, output: stdout + stderr };
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

test.for(SERVICES)("the folder of %s is small and holds nothing of development", (service) => {
  const cwd = temporaryFolder();
  expect(pack(cwd, service, "out")).toEqual({ code: 0, output: expect.stringMatching(/^out: \d+\.\d MB\n$/) });
  const folder = join(cwd, "out");
  const files = filesOf(folder);
  expect(files).toContain("dist/main.js");
  expect(files).toContain("bin/grpc_health_probe");
  expect(
    files.filter((file) => /\.(ts|mts|cts|map|tsbuildinfo)$|\.test\.js$|agent-team\/.*\/testing/.test(file)),
  ).toEqual([]);
  const developed = [
    "typescript",
    "vitest",
    "vite",
    "dns-packet",
    "@types",
    "@agent-team/local-cloud",
    "@agent-team/cli",
  ];
  expect(developed.filter((name) => files.includes(`node_modules/${name}`))).toEqual([]);
  expect(sizeOf(folder)).toBeLessThan(LIMIT_BYTES);
});

test("a second run replaces the folder, and leaves no draft beside it", () => {
  const cwd = temporaryFolder();
  expect(pack(cwd, "workflow-agent", "out").code).toBe(0);
  writeFileSync(join(cwd, "out", "dist", "stale.js"), "");
  expect(pack(cwd, "workflow-agent", "out").code).toBe(0);
  expect(filesOf(join(cwd, "out", "dist"))).not.toContain("stale.js");
  expect(readdirSync(cwd)).toEqual(["out"]);
});

test("a folder that pack did not make is not replaced", () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "mine"));
  writeFileSync(join(cwd, "mine", "letter.txt"), "dear");
  const { code, output } = pack(cwd, "workflow-agent", "mine");
  expect({ code, output }).toEqual({
    code: 1,
    output: expect.stringMatching(/^\S+mine exists and is no deploy folder/),
  });
  expect(readFileSync(join(cwd, "mine", "letter.txt"), "utf8")).toBe("dear");
});

test.for(["", "workflow", "workflow-agent a b"])('"%s" is wrong use: exit code 2', (line) => {
  const args = line.split(" ").filter((word) => word !== "");
  const { code, output } = pack(temporaryFolder(), ...args);
  expect(code).toBe(2);
  expect(output).toContain("NAME  api-gateway, workflow-agent, workflow-engine, grpc-client");
});
