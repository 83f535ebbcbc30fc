/**
 * What an import of a client library costs a program that starts: CPU time, in a new process each, peers in turns. Ours is
 * the package as it is published (`npm run pack -- grpc-client`).
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Figures, RunOptions } from "./benchmark.ts";
import { median } from "./median.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const OURS = "@agent-team/grpc-client";
const PEERS = { "grpc-js": "@grpc/grpc-js", "nice-grpc": "nice-grpc", "connect-node": "@connectrpc/connect-node" };
const RUNS = 21;

export async function startup({ quick, progress }: RunOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "startup-"));
  try {
    progress("packing the client");
    run([...process.execArgv, join(ROOT, "tools", "pack.ts"), "grpc-client", join(folder, "node_modules", OURS)]);
    for (const name of Object.values(PEERS)) link(name, folder);
    const runs = quick ? 1 : RUNS;
    const ms: Record<string, number[]> = {};
    for (let i = 1; i <= runs; i++)
      for (const [name, module] of Object.entries({ ours: OURS, ...PEERS })) {
        progress(`run ${i} of ${runs}: ${name}`);
        (ms[name] ??= []).push(importMs(module, folder));
      }
    const { ours = Number.NaN, ...peers } = Object.fromEntries(
      Object.entries(ms).map(([name, values]) => [name, median(values)]),
    );
    return { unit: "ms CPU per import", ours, peers, notes: [`medians of ${runs} processes each, in turns`] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packages resolve their own dependencies where they really are. */
function link(name: string, folder: string): void {
  mkdirSync(join(folder, "node_modules", dirname(name)), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
}

function importMs(module: string, folder: string): number {
  const program = `const start = process.cpuUsage();
    await import(${JSON.stringify(module)});
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1_000);`;
  return Number(run(["--input-type=module", "--eval", program], folder));
}

/** A program of Node without the compiled code that other starts have left. */
function run(args: readonly string[], cwd: string = ROOT): string {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  return execFileSync(process.execPath, args, { cwd, env, encoding: "utf8" });
}
