/** The runtimes: all cases against a server of grpc-js, over each way that a runtime's sockets may do otherwise. */

import { join } from "node:path";
import { PEERS } from "./peers/peers.ts";
import { lastLine, type ProgramFolder, runProgram } from "./program-folder.ts";
import type { Tally } from "./tally.ts";

interface Runtime {
  readonly name: string;
  /** What npm installs; undefined: the Node of this repository. */
  readonly package?: string;
  /** Before the program. */
  readonly args: readonly string[];
  /** Why its `node:http2` is left out; undefined where it is used. */
  readonly withoutNodeHttp2?: string;
}

export const RUNTIMES: readonly Runtime[] = [
  { name: "Node 24", args: [] },
  { name: "Node 22", package: "node@22", args: [] },
  { name: "Bun", package: "bun@1", args: [] },
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
  const program = programOf(runtime, programs);
  if ("error" in program) return tally.skip(runtime.name, program.error);
  const { stdout, ok, stderr } = await runProgram([program.path, "--version"], ".");
  if (!ok) return tally.skip(runtime.name, lastLine(stderr));
  const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "";
  for (const way of WAYS) {
    const peer = PEERS.find(({ name }) => name === way);
    if (peer === undefined) continue;
    await using running = await peer.start();
    const command = [program.path, ...runtime.args];
    const cases = await programs.runCases(command, { ...running.way, transport: "own" });
    tally.addCases("runtimes", { name: runtime.name, version, transport: way, cases });
  }
}

function programOf(runtime: Runtime, programs: ProgramFolder): { readonly path: string } | { readonly error: string } {
  if (runtime.package === undefined) return { path: process.execPath };
  const [name = ""] = runtime.package.split("@");
  const installed = programs.install(runtime.package, [runtime.package]);
  return "error" in installed ? installed : { path: join(installed.folder, "node_modules", ".bin", name) };
}
