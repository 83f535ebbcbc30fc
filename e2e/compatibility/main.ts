/**
 * `npm run compatibility [-- --write] [--folder DIR]`: the client as it is published, with peers, stubs and runtimes; and our server with a browser. Prints what it saw, line by
 * line, and with `--write` replaces the table of docs/guides/compatibility.md. What is not in the lockfile is installed into a temporary folder,
 * or into DIR, which is kept and used again. What cannot be had here is skipped aloud. Exit codes: 0 all passed, 1 something failed.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeGuide } from "./guide.ts";
import { PEERS } from "./peers/peers.ts";
import { ProgramFolder } from "./program-folder.ts";
import { runBrowser } from "./run-browser.ts";
import { runContract } from "./run-contract.ts";
import { runPeer } from "./run-peer.ts";
import { RUNTIMES, runRuntime } from "./run-runtime.ts";
import { runStub, STUBS } from "./run-stub.ts";
import { Tally } from "./tally.ts";

const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, folder: { type: "string" } },
  allowPositionals: false,
});
// npm runs scripts in the repository, whatever folder it was called from.
const kept = values.folder === undefined ? undefined : resolve(process.env["INIT_CWD"] ?? ".", values.folder);
const folder = kept ?? mkdtempSync(join(tmpdir(), "agent-team-compatibility-"));
const tally = new Tally((line) => console.log(line));
try {
  const programs = await ProgramFolder.open(folder);
  for (const peer of PEERS) await runPeer(peer, programs, tally);
  await runBrowser(tally);
  for (const runtime of RUNTIMES) {
    await runRuntime(runtime, programs, tally);
    await runContract(runtime, programs, tally);
  }
  for (const stub of STUBS) await runStub(stub, programs, tally);
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}
if (values.write) writeGuide(tally);
for (const { what, reason } of tally.skipped) console.log(`SKIPPED ${what} (${reason})`);
console.log(tally.line);
process.exitCode = tally.failures.length > 0 ? 1 : 0;
