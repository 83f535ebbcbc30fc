/** The tables of docs/guides/compatibility.md, made of what a run has seen. What stands around them is written by hand. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CaseRow, StubRow, Tally } from "./tally.ts";
import { ROOT } from "./versions.ts";

const GUIDE = join(ROOT, "docs", "guides", "compatibility.md");
const BEGIN = "<!-- tables: npm run compatibility -- --write -->";
const END = "<!-- end of the tables -->";

export function writeGuide(tally: Tally): void {
  const guide = readFileSync(GUIDE, "utf8");
  const [before = "", rest = ""] = guide.split(BEGIN);
  const [, after = ""] = rest.split(END);
  writeFileSync(GUIDE, `${before}${BEGIN}\n\n${tablesOf(tally)}\n${END}${after}`);
}

function tablesOf({ browsers, peers, runtimes, stubs, skipped }: Tally): string {
  const notHad = skipped.map(({ what, reason }) => `- ${what}: ${reason}`);
  return [
    "## Peers\n",
    peerVersions(peers),
    casesBy(peers, letter),
    "## Browsers\n",
    `${[...new Set(browsers.map(({ version }) => version))].join()}. The server is grpc-server (ours), of another origin. "ok" is for HTTP/1.1 and HTTP/2.\n`,
    casesBy(browsers, (_, name) => name),
    "## Runtimes\n",
    waysByRuntime(runtimes),
    "## Stubs and libraries\n",
    stubTable(stubs),
    ...(notHad.length === 0 ? [] : [`Not run, since it could not be had there:\n\n${notHad.join("\n")}\n`]),
  ].join("\n");
}

function peerVersions(rows: readonly CaseRow[]): string {
  const versions = new Map(rows.map(({ name, version }) => [name, version]));
  return table(
    ["", "peer", "version"],
    [...versions].map(([name, version], i) => [letter(i), name, version]),
  );
}

/** A column for each name. */
function casesBy(rows: readonly CaseRow[], headOf: (i: number, name: string) => string): string {
  const names = [...new Set(rows.map(({ name }) => name))];
  const cases = [...new Set(rows.flatMap((row) => row.cases.map(({ name }) => name)))];
  return table(
    ["case", ...names.map((name, i) => headOf(i, name))],
    cases.map((each) => [
      `\`${each}\``,
      ...names.map((name) =>
        cell(
          rows.filter((row) => row.name === name),
          each,
        ),
      ),
    ]),
  );
}

/** One case with one peer or client, over each transport. */
function cell(rows: readonly CaseRow[], name: string): string {
  const results = rows.map((row) => row.cases.find((each) => each.name === name));
  if (results.every((result) => result === undefined)) return "–";
  return results.every((result) => result !== undefined && result.error === undefined) ? "ok" : "**failed**";
}

function waysByRuntime(rows: readonly CaseRow[]): string {
  const ways = [...new Set(rows.map(({ transport }) => transport))];
  const runtimes = [...new Set(rows.map(({ name }) => name))];
  return table(
    ["runtime", "version", ...ways],
    runtimes.map((name) => {
      const own = rows.filter((row) => row.name === name);
      const cells = ways.map((way) =>
        own
          .filter(({ transport }) => transport === way)
          .map(passedOf)
          .join(),
      );
      return [name, own[0]?.version ?? "", ...cells];
    }),
  );
}

function passedOf({ cases }: CaseRow): string {
  return `${cases.filter(({ error }) => error === undefined).length} of ${cases.length}`;
}

function stubTable(rows: readonly StubRow[]): string {
  return table(
    ["stub", "version", "types, `strict`", "calls"],
    rows.map(({ name, versions, types, error }) => [
      name,
      versions,
      types === "compiled" ? "ok" : "**failed**",
      error === undefined ? "ok" : "**failed**",
    ]),
  );
}

function letter(i: number): string {
  return String.fromCharCode(65 + i);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}
