/**
 * The folder in which programs run as users' programs do: with the package that is published, and with packages from the registry.
 *
 *   DIR/client           the package, packed
 *   DIR/run              the cases as one program, with the package in node_modules
 *   DIR/NAME             an installation with its package.json
 */

import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { writePublishedFolder } from "../../tools/pack/published-folder.ts";
import type { CaseResult } from "./client.ts";
import type { Way } from "./subject.ts";
import { ROOT } from "./versions.ts";

const PACKAGE = "@agent-team/grpc-client";
/** Peers of the package, which the cases use. */
const OF_CASES = ["@bufbuild/protobuf", "@connectrpc/connect"];
/** A run of all cases takes some seconds. */
const RUN_LIMIT_MS = 180_000;

/** Without a network one more try after a second is enough; npm's own two would take minutes. */
const NPM_OPTIONS = [
  ...["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
  ...["--fetch-retries=1", "--fetch-retry-mintimeout=1000"],
];

/** A program that has ended. */
export interface Ended {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export class ProgramFolder {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Packs the client and bundles the cases. */
  static async open(folder: string): Promise<ProgramFolder> {
    mkdirSync(folder, { recursive: true });
    const programs = new ProgramFolder(folder);
    await writePublishedFolder("grpc-client", join(folder, "client"));
    const run = join(folder, "run");
    rmSync(run, { recursive: true, force: true });
    mkdirSync(run);
    writeFileSync(join(run, "package.json"), JSON.stringify({ name: "run", private: true, type: "module" }));
    programs.addClient(run);
    for (const name of OF_CASES)
      cpSync(join(ROOT, "node_modules", name), join(run, "node_modules", name), { recursive: true });
    await using build = await rolldown({
      input: join(import.meta.dirname, "client.ts"),
      external: [/^node:/, new RegExp(`^${PACKAGE}`), ...OF_CASES.map((name) => new RegExp(`^${name}`))],
      resolve: { conditionNames: ["source"] },
      platform: "node",
    });
    await build.write({ file: join(run, "client.mjs"), format: "es" });
    return programs;
  }

  /** Puts the packed client into an installation. */
  addClient(installation: string): void {
    const to = join(installation, "node_modules", PACKAGE);
    rmSync(to, { recursive: true, force: true });
    cpSync(join(this.folder, "client"), to, { recursive: true });
  }

  /**
   * Installs packages from the registry, each with its version, as npm writes them (`name@version`), unless that was done before.
   * Returns the folder, or why it cannot be had.
   */
  install(name: string, packages: readonly string[]): { readonly folder: string } | { readonly error: string } {
    const folder = join(this.folder, name);
    const list = JSON.stringify(packages);
    const marker = join(folder, "installed.json");
    if (existsSync(marker) && readFileSync(marker, "utf8") === list) return { folder };
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const allowScripts = Object.fromEntries(["bun", "deno", "node"].map((each) => [each, true]));
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "installation", private: true, type: "module", allowScripts }),
    );
    const args = ["install", ...NPM_OPTIONS, ...packages];
    const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) return { error: `npm install ${packages.join(" ")}: ${npmReason(stderr)}` };
    writeFileSync(marker, list);
    return { folder };
  }

  /** Runs the cases in another process, one result for each. */
  async runCases(command: readonly string[], way: Way): Promise<readonly CaseResult[]> {
    const run = join(this.folder, "run");
    const ended = await runProgram([...command, join(run, "client.mjs"), JSON.stringify(way)], run);
    const lines = ended.stdout.split("\n").filter((line) => line.startsWith("{"));
    const results = lines.map((line) => JSON.parse(line) as CaseResult);
    if (ended.ok) return results;
    return [...results, { name: "the process", error: `ended too early: ${lastLine(ended.stderr)}` }];
  }
}

/** Runs a program to its end, which it must reach within three minutes. */
export function runProgram([program = "", ...args]: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: RUN_LIMIT_MS,
      killSignal: "SIGKILL",
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
    child.on("error", (error) => resolve({ ok: false, stdout, stderr: error.message }));
    child.on("close", (code) => resolve({ ok: code === 0, stdout, stderr }));
  });
}

/** npm ends with the path of its log; the reason stands before it. */
function npmReason(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => line.includes("request to") || line.includes("E404")) ?? lines[0] ?? "";
}

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
