import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { run } from "./program.ts";
import { findProviderMirror, writeCliConfiguration } from "./provider-mirror.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-present-"));
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

test("a folder that is named and holds nothing is no mirror, whatever lies elsewhere", () => {
  provide(".terraform.d/plugins", "5.100.0");
  expect(findProviderMirror({ HOME: folder, TF_PLUGIN_MIRROR: join(folder, "typo") })).toBeUndefined();
});

test("the CLI configuration takes providers from the mirror and from nowhere else", () => {
  mkdirSync(folder, { recursive: true });
  const text = readFileSync(writeCliConfiguration(folder, { path: "/opt/mirror", versions: ["5.100.0"] }), "utf8");
  expect(text).toMatch(/path {4}= "\/opt\/mirror"/);
  expect(text).toMatch(/direct \{\s*exclude = \["registry\.terraform\.io\/\*\/\*"\]/);
});

test("a program that takes too long is ended with all that it started, and its output says so", async () => {
  // The inner one would hold the pipe open, and with it this test.
  const { status, output } = await run("sh", ["-c", "echo started; sleep 600 & wait"], {
    folder: tmpdir(),
    limitMs: 300,
  });
  expect(status).toBeUndefined();
  expect(output).toBe("started\n\nended after 0.3 s, its limit");
});

test("what a program says and how it ends is told", async () => {
  const result = await run("sh", ["-c", "echo out; echo err >&2; exit 3"], { folder: tmpdir(), limitMs: 10_000 });
  expect(result).toMatchObject({ status: 3, stdout: "out\n" });
  expect(result.output).toContain("err\n");
});

test("a program that is not there is an answer and no crash", async () => {
  expect(await run("no-such-program", [], { folder: tmpdir(), limitMs: 1_000 })).toMatchObject({ status: undefined });
});
