/**
 * The contract suite of the transports on a runtime: the tests of `own-http2.test.ts` as they are in the repository, by vitest in that runtime.
 * Peers are of the same process, so that its servers have to play them.
 */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CaseResult } from "./client.ts";
import { lastLine, type ProgramFolder, runProgram } from "./program-folder.ts";
import { findRuntime, type Runtime } from "./run-runtime.ts";
import type { Tally } from "./tally.ts";
import { ROOT } from "./versions.ts";

const SUITE = "packages/grpc-client/src/transport/own-http2.test.ts";
/** Threads: neither Bun nor Deno has all of child_process that vitest's processes need. */
const ARGUMENTS = ["run", "--pool=threads", "--project=units", "--reporter=json", SUITE];

/** What vitest's reporter writes, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export async function runContract(runtime: Runtime, programs: ProgramFolder, tally: Tally): Promise<void> {
  const found = await findRuntime(runtime, programs);
  // `runRuntime` has said so.
  if ("error" in found) return;
  const file = join(programs.folder, `contract of ${runtime.name}.json`);
  rmSync(file, { force: true });
  const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const { stderr } = await runProgram([...found.command, vitest, ...ARGUMENTS, `--outputFile=${file}`], ROOT);
  const row = { name: runtime.name, version: found.version, transport: "contract suite" };
  let results: readonly CaseResult[];
  try {
    results = casesOf(JSON.parse(readFileSync(file, "utf8")) as Report);
  } catch (error) {
    const reason = lastLine(stderr) || String(error);
    return tally.addCases("runtimes", {
      ...row,
      cases: [{ name: "vitest", error: `ended without a report: ${reason}` }],
    });
  }
  const { cannotPlay } = runtime;
  const isLeftOut = ({ name }: CaseResult): boolean => cannotPlay !== undefined && name.includes(cannotPlay.test);
  tally.addCases("runtimes", { ...row, cases: results.filter((result) => !isLeftOut(result)) });
  for (const { name } of results.filter(isLeftOut)) tally.skip(`${runtime.name}: ${name}`, cannotPlay?.reason ?? "");
}

function casesOf({ testResults }: Report): readonly CaseResult[] {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName, status, failureMessages: [message = status] }) => ({
      name: fullName,
      error: status === "passed" ? undefined : message.split("\n")[0],
    })),
  );
}
