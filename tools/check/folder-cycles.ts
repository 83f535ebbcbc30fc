/**
 * Folder cycles of a workspace, from the imports of its sources.
 *
 * In each folder of `src`, the subfolders and the files count as units. An import makes an edge between two units of the
 * innermost folder that holds both files. The edges of a folder must form no cycle that contains a subfolder: then a
 * reader can take the subfolders one after the other. So a noun that two folders share is a file beside them, and the
 * file that composes the folders is another file beside them.
 *
 * Imports of types count too: a reader has to follow them. Tests do not count.
 */

import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { ROOT } from "./tool.ts";

/**
 * Workspaces that have no folder cycle, and in which `npm run check` refuses one. To extend the list, mend the cycles that
 * `npm run folder-cycles -- WORKSPACE` prints.
 */
export const WITHOUT_FOLDER_CYCLES: readonly string[] = [
  "packages/cli",
  "packages/contracts",
  "packages/embedded-planner",
  "packages/grpc-client",
  "packages/grpc-server",
  "packages/http2",
  "packages/journal",
  "packages/language-models",
  "packages/local-cloud",
  "packages/test-support",
  "services/api-gateway",
  "services/workflow-agent",
  "services/workflow-engine",
];

/** What one file imports from its workspace; both paths are relative to `src`. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

const IMPORT =
  /^(?:import|export) (?:type )?(?:[\w$]+(?:, )?)?(?:\{[^}]*\}|\*(?: as [\w$]+)?)? ?from "(\.[^"]+)"|^import "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

const NO_SOURCE = /\.(?:test|test-d|contract|bench)\.ts$/;

/** The folder cycles of the given workspaces, for people; empty when there are none. */
export function findFolderCycles(workspaces: readonly string[] = WITHOUT_FOLDER_CYCLES): string {
  return workspaces
    .flatMap((workspace) => cyclesOf(importsOf(workspace)).map((cycle) => `${workspace}: ${cycle}`))
    .join("\n");
}

/** @throws Error when the workspace has no sources: finding nothing there proves nothing. */
function importsOf(workspace: string): readonly Import[] {
  const src = join(ROOT, workspace, "src");
  const files = globSync("**/*.ts", { cwd: src }).filter((file) => !NO_SOURCE.test(file));
  if (files.length === 0) throw new Error(`${workspace}: expected a workspace with sources in src/`);
  return files.flatMap((file) => importsIn(file, readFileSync(join(src, file), "utf8")));
}

export function importsIn(file: string, source: string): readonly Import[] {
  return [...source.matchAll(IMPORT)].map(([, from, bare, lazy]) => {
    return { from: file, to: normalize(join(dirname(file), from ?? bare ?? lazy ?? "")) };
  });
}

/** One text for each folder with a cycle: the units in it and the imports between them. */
export function cyclesOf(imports: readonly Import[]): readonly string[] {
  const byFolder = Map.groupBy(imports.map(toEdge), ({ folder }) => folder);
  return [...byFolder].flatMap(([folder, edges]) => {
    const inCycle = edges.filter(({ from, to }) => from !== to && reaches(edges, to, from));
    if (inCycle.every(({ from, to }) => isFile(from) && isFile(to))) return [];
    const units = [...new Set(inCycle.flatMap(({ from, to }) => [from, to]))].sort();
    const lines = inCycle.map(({ by }) => `  ${by.from} imports ${by.to}`).sort();
    return [[`src/${folder} has a cycle of ${units.join(", ")}:`, ...lines].join("\n")];
  });
}

interface Edge {
  /** The innermost folder that holds both files, "" for `src`. */
  readonly folder: string;
  /** A unit of that folder. */
  readonly from: string;
  readonly to: string;
  readonly by: Import;
}

function toEdge(by: Import): Edge {
  const from = by.from.split("/");
  const to = by.to.split("/");
  let depth = 0;
  while (depth < from.length - 1 && depth < to.length - 1 && from[depth] === to[depth]) depth += 1;
  return { folder: from.slice(0, depth).join("/"), from: from[depth] ?? "", to: to[depth] ?? "", by };
}

function reaches(edges: readonly Edge[], start: string, goal: string): boolean {
  const reached = new Set([start]);
  for (const unit of reached) {
    for (const { from, to } of edges) if (from === unit) reached.add(to);
  }
  return reached.has(goal);
}

function isFile(unit: string): boolean {
  return unit.endsWith(".ts");
}
