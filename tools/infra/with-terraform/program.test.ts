import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { run } from "./program.ts";
import { findProviderMirror } from "./terraform.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-program-"));
const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
const PROVIDER = "registry.terraform.io/hashicorp/aws";

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function provide(mirror: string, version: string, forPlatform = platform): void {
  mkdirSync(join(folder, mirror, PROVIDER, version, forPlatform), { recursive: true });
}

test("a mirror is found where TF_PLUGIN_MIRROR says, its newest version first", () => {
  provide("mirror", "5.9.0");
  provide("mirror", "5.100.0");
  provide("mirror", "6.0.0", "plan9_mips");
  const path = join(folder, "mirror");
  expect(findProviderMirror({ TF_PLUGIN_MIRROR: path })).toEqual({ path, versions: ["5.100.0", "5.9.0"] });
});

test("a mirror is found in Terraform's own folder below the home", () => {
  provide(".terraform.d/plugins", "5.100.0");
  expect(findProviderMirror({ HOME: folder })?.path).toBe(join(folder, ".terraform.d", "plugins"));
});

test("an empty TF_PLUGIN_MIRROR is no mirror, and no other folder is searched", () => {
  provide(".terraform.d/plugins", "5.100.0");
  expect(findProviderMirror({ HOME: folder, TF_PLUGIN_MIRROR: join(folder, "typo") })).toBeUndefined();
});

test("a program that takes too long is ended with its child processes, and its output says so", async () => {
  // The inner process would keep the pipe open.
  const { status, output } = await run("sh", ["-c", "echo started; sleep 600 & wait"], {
    folder: tmpdir(),
    limitMs: 300,
  });
  expect(status).toBeUndefined();
  expect(output).toBe("started\n\nended after 0.3 s, its limit");
});

test("the output and the exit code of a program are returned", async () => {
  const result = await run("sh", ["-c", "echo out; echo err >&2; exit 3"], { folder: tmpdir(), limitMs: 10_000 });
  expect(result).toMatchObject({ status: 3, stdout: "out\n" });
  expect(result.output).toContain("err\n");
});

test("a program that does not exist has no exit code", async () => {
  expect(await run("no-such-program", [], { folder: tmpdir(), limitMs: 1_000 })).toMatchObject({ status: undefined });
});
