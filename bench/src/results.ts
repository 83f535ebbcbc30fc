/**
 * The figures that the repository shows: one file for each benchmark, with the machine that they were taken on. `--save` writes one, and
 * the guide and the picture are made from them.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Figures } from "./benchmark.ts";
import { type Report, toReport } from "./report.ts";

const FOLDER = new URL("../results/", import.meta.url);
const GIB = 1 << 30;

/** What `--json` prints, and under which circumstances it was measured. */
export interface Result extends Report {
  readonly notes: string;
  readonly machine: string;
}

export function saveResult(name: string, figures: Figures): void {
  const result: Result = { ...toReport(name, figures), notes: figures.notes.join("; "), machine: describeMachine() };
  writeFileSync(resultFile(`${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** @throws Error that says how to make one that is not there. */
export function readResult(name: string): Result {
  try {
    return JSON.parse(readFileSync(resultFile(`${name}.json`), "utf8")) as Result;
  } catch (cause) {
    throw new Error(`no figures of ${name}: expected those of "npm run -s bench -- ${name} --save"`, { cause });
  }
}

/** The path of a file beside the figures. */
export function resultFile(name: string): string {
  return fileURLToPath(new URL(name, FOLDER));
}

function describeMachine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? "unknown CPU"}, ${Math.round(totalmem() / GIB)} GiB`;
}
