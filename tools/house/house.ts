/** The figures of the house: how long its files and functions are, how they depend on each other, how they read. */

import { findFolderCycles } from "../check/folder-cycles.ts";
import { countSigns, type SignCounts } from "./signs.ts";
import { functionLines, linesOf, type Sizes, sizesOf } from "./sizes.ts";
import { isSource, type Text, workspaceOf } from "./tracked.ts";

export interface House {
  readonly signs: SignCounts;
  /** Folders with a cycle, by workspace. */
  readonly folderCycles: Readonly<Record<string, number>>;
  /** Lines of the sources of packages and services, without tests. */
  readonly files: Sizes;
  /** Lines of the functions in these files. */
  readonly functions: Sizes;
  /** Imports of `grpc-client` by other workspaces for a name that belongs to `foundation`. */
  readonly foundationByGrpcClient: number;
  readonly linesOfToolsInfra: number;
}

const FOUNDATION = /\b(?:Clock|Timer|delay|Random|Backoff|FakeClock|seededRandom|systemClock|systemRandom|HostPort)\b/;

const GRPC_CLIENT_IMPORT = /^import (?:type )?\{([^}]*)\} from "@agent-team\/grpc-client[^"]*"/gm;

export function measureHouse(texts: readonly Text[]): House {
  const sources = texts.filter(({ file }) => isSource(file));
  return {
    signs: countSigns(texts),
    folderCycles: countCycles([...new Set(sources.map(({ file }) => workspaceOf(file)))]),
    files: sizesOf(sources.map(({ text }) => linesOf(text))),
    functions: sizesOf(sources.flatMap(({ file, text }) => functionLines(file, text))),
    foundationByGrpcClient: texts.filter(isImportOfFoundation).length,
    linesOfToolsInfra: texts
      .filter(({ file }) => /^tools\/infra\/.*\.ts$/.test(file))
      .reduce((sum, { text }) => sum + linesOf(text), 0),
  };
}

export function isImportOfFoundation({ file, text }: Text): boolean {
  if (!file.endsWith(".ts") || workspaceOf(file) === "packages/grpc-client") return false;
  return [...text.matchAll(GRPC_CLIENT_IMPORT)].some(([, names = ""]) => FOUNDATION.test(names));
}

function countCycles(workspaces: readonly string[]): Readonly<Record<string, number>> {
  const counts = workspaces.map(
    (workspace) => [workspace, findFolderCycles([workspace]).match(/ has a cycle of /g)?.length ?? 0] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** For people: one line for each figure. */
export function describeHouse(house: House): string {
  const signs = Object.entries(house.signs).map(([sign, counts]) => `  ${sign}: ${listOf(counts)}`);
  const cycles = listOf(house.folderCycles);
  return [
    ...(signs.length === 0 ? ["signs: 0"] : ["signs:", ...signs]),
    `folder cycles: ${cycles === "" ? 0 : cycles}`,
    `files: ${describeSizes(house.files)}`,
    `functions: ${describeSizes(house.functions)}`,
    `imports of grpc-client for what foundation has: ${house.foundationByGrpcClient}`,
    `lines of tools/infra: ${house.linesOfToolsInfra}`,
  ].join("\n");
}

function listOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([workspace, count]) => `${workspace} ${count}`)
    .join(", ");
}

function describeSizes({ count, median, p90, max }: Sizes): string {
  return `${count}, lines: median ${median}, p90 ${p90}, longest ${max}`;
}
