/** The runtimes: all cases against a server of grpc-js, over each way that a runtime's sockets may do otherwise. */

import { join } from "node:path";
import { PEERS } from "./peers/peers.ts";
import { lastLine, type ProgramFolder, runProgram } from "./program-folder.ts";
import type { Tally } from "./tally.ts";

export interface Runtime {
  readonly name: string;
  /** What npm installs; undefined: the Node of this repository. */
  readonly package?: string;
  /** Before the program. */
  readonly args: readonly string[];
  /** Tests of the contract suite whose peers the runtime cannot play, and why. */
  readonly cannotPlay?: { readonly test: string; readonly reason: string };
}

export const RUNTIMES: readonly Runtime[] = [
  { name: "Node 24", args: [] },
  { name: "Node 22", package: "node@22", args: [] },
  {
    name: "Bun",
    package: "bun@1",
    args: ["--bun"],
    cannotPlay: {
      test: "an address that swallows SYNs",
      reason: "its net.Server takes any number of connections, whatever its backlog",
    },
  },
  { name: "Deno", package: "deno@2", args: ["run", "--allow-all", "--quiet"] },
];

const WAYS = [
  "grpc-js",
  "grpc-js that sends gzip",
  "grpc-js, TLS",
  "grpc-js, Unix socket",
  "grpc-js, HTTP proxy",
  "grpc-js, connections of 200 ms",
];

export async function runRuntime(runtime: Runtime, programs: ProgramFolder, tally: Tally): Promise<void> {
  const found = await findRuntime(runtime, programs);
  if ("error" in found) return tally.skip(runtime.name, found.error);
  for (const way of WAYS) {
    const peer = PEERS.find(({ name }) => name === way);
    if (peer === undefined) continue;
    await using running = await peer.start();
    const cases = await programs.runCases(found.command, { ...running.way, transport: "own" });
    tally.addCases("runtimes", { name: runtime.name, version: found.version, transport: way, cases });
  }
}

interface FoundRuntime {
  /** What the program and its arguments follow. */
  readonly command: readonly string[];
  readonly version: string;
}

/** Installs it. Returns why it cannot be had, if so. */
export async function findRuntime(
  runtime: Runtime,
  programs: ProgramFolder,
): Promise<FoundRuntime | { readonly error: string }> {
  const program = programOf(runtime, programs);
  if ("error" in program) return program;
  const { stdout, ok, stderr } = await runProgram([program.path, "--version"], ".");
  if (!ok) return { error: lastLine(stderr) };
  return { command: [program.path, ...runtime.args], version: /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "" };
}

function programOf(runtime: Runtime, programs: ProgramFolder): { readonly path: string } | { readonly error: string } {
  if (runtime.package === undefined) return { path: process.execPath };
  const [name = ""] = runtime.package.split("@");
  const installed = programs.install(runtime.package, [runtime.package]);
  return "error" in installed ? installed : { path: join(installed.folder, "node_modules", ".bin", name) };
}
