/** The tables of variables and outputs in `infra/README.md`, generated from the HCL. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Findings } from "./findings.ts";
import { argumentOf, blocksOfKind, type TextBlock, textOf } from "./hcl-text.ts";
import type { Subject } from "./subject.ts";

interface Table {
  readonly kind: "variable" | "output";
  readonly head: readonly string[];
  readonly row: (block: TextBlock) => readonly string[];
}

const TABLES: readonly Table[] = [
  {
    kind: "variable",
    head: ["variable", "type", "default", "meaning"],
    row: (block) => [
      `\`${block.name}\``,
      argumentOf(block, "type") ?? "",
      defaultText(argumentOf(block, "default")),
      describe(block),
    ],
  },
  { kind: "output", head: ["output", "value"], row: (block) => [`\`${block.name}\``, describe(block)] },
];

export function* checkReadme(subject: Subject): Findings {
  const text = readFileSync(pathIn(subject), "utf8");
  if (withTables(text, subject) !== text)
    yield "infra/README.md: the tables are not those of the HCL: npm run infra -- --write";
}

export function writeReadme(subject: Subject): void {
  writeFileSync(pathIn(subject), withTables(readFileSync(pathIn(subject), "utf8"), subject));
}

function pathIn({ infra }: Subject): string {
  return join(infra, "README.md");
}

/** The same text with both tables generated anew. @throws Error when it has no place for one */
function withTables(text: string, { hcl }: Subject): string {
  return TABLES.reduce((result, { kind, head, row }) => {
    const [begin, end] = [`<!-- begin ${kind}s -->`, `<!-- end ${kind}s -->`];
    const [from, to] = [result.indexOf(begin), result.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`infra/README.md has no place for the table: ${begin} … ${end}`);
    const blocks = blocksOfKind(hcl, kind).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const lines = [toLine(head), `|${"---|".repeat(head.length)}`, ...blocks.map(row).map(toLine)];
    return `${result.slice(0, from)}${begin}\n\n${lines.join("\n")}\n\n${result.slice(to)}`;
  }, text);
}

function describe(block: TextBlock): string {
  const secret = argumentOf(block, "ephemeral") === "true" ? " Secret: in no plan and no state." : "";
  return `${textOf(block, "description") ?? ""}${secret}`;
}

function defaultText(value: string | undefined): string {
  if (value === undefined) return "(needed)";
  return value === "null" ? "" : `\`${value.startsWith("[") ? JSON.stringify(JSON.parse(value)) : value}\``;
}

function toLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
