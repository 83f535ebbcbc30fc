/**
 * `npm run check`: the static checks. Each step prints a line with its time, and its findings if it fails. All steps run, also
 * after a failure. The last line is `N passed, N failed`.
 */

import { checkApiDocs } from "./check/api-docs.ts";
import { buildFromNothing } from "./check/build.ts";
import { compareGenerated, lintProtos } from "./check/contracts.ts";
import { checkConventions } from "./check/conventions.ts";
import { findFolderCycles } from "./check/folder-cycles.ts";
import { checkOptionsGuide } from "./check/options-guide.ts";
import { checkPublishedPackages } from "./check/published-packages.ts";
import { findBrokenLinks, findConflictMarkers, findMachinePaths } from "./check/texts.ts";
import { tool } from "./check/tool.ts";

interface Step {
  readonly name: string;
  /** Returns the findings; an empty text means success. */
  readonly run: () => string;
}

const STEPS: readonly Step[] = [
  { name: "format (biome)", run: () => tool("biome", ["ci", "--colors=off", "--max-diagnostics=20", "."]) },
  { name: "lint and house rules (oxlint)", run: () => tool("oxlint", ["-c", "oxlint.config.ts", "--deny-warnings"]) },
  { name: "conventions", run: checkConventions },
  { name: "no folder cycles", run: findFolderCycles },
  { name: "types and build (tsc -b)", run: buildFromNothing },
  { name: "unused code (knip)", run: () => tool("knip", ["--no-config-hints"]) },
  { name: "the packages that are published (publint, attw)", run: checkPublishedPackages },
  { name: "protos (buf lint)", run: lintProtos },
  { name: "generated code is current (buf generate)", run: compareGenerated },
  { name: "the guide of the options is current", run: checkOptionsGuide },
  { name: "docstrings of the exports (typedoc)", run: checkApiDocs },
  { name: "links of the docs", run: findBrokenLinks },
  { name: "no path of one machine", run: findMachinePaths },
  { name: "no conflict markers", run: findConflictMarkers },
];

function run(step: Step): boolean {
  const startedMs = performance.now();
  let problem: string;
  try {
    problem = step.run();
  } catch (error) {
    problem = String(error);
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(`${problem === "" ? "ok    " : "FAILED"} ${step.name} (${seconds} s)`);
  if (problem !== "") console.log(problem.replaceAll(/^/gm, "    "));
  return problem === "";
}

const passed = STEPS.filter(run).length;
const failed = STEPS.length - passed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
