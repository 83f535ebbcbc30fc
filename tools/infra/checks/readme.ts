/** The tables of `infra/README.md`, written from the HCL so that they cannot say anything else. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argumentOf, blocksOfKind, type TextBlock, textOf } from "./hcl-text.ts";
import type { Subject } from "./subject.ts";

const TABLES: Readonly<Record<string, (block: readonly TextBlock[]) => string>> = {
  variables: variablesTable,
  outputs: outputsTable,
};

export function checkReadme(subject: Subject): readonly string[] {
  const path = join(subject.infra, "README.md");
  const text = readFileSync(path, "utf8");
  return withTables(text, subject) === text
    ? []
    : ["infra/README.md: the tables are not those of the HCL: npm run infra -- --write"];
}

export function writeReadme(subject: Subject): void {
  const path = join(subject.infra, "README.md");
  writeFileSync(path, withTables(readFileSync(path, "utf8"), subject));
}

/** The same text with both tables as they are now. @throws Error when it has no place for one */
function withTables(text: string, { hcl }: Subject): string {
  return Object.entries(TABLES).reduce((result, [name, table]) => {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
    const [from, to] = [result.indexOf(begin), result.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`infra/README.md has no place for the table: ${begin} … ${end}`);
    const blocks = blocksOfKind(hcl, name.replace(/s$/, ""));
    const sorted = blocks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return `${result.slice(0, from)}${begin}\n\n${table(sorted)}\n\n${result.slice(to)}`;
  }, text);
}

function variablesTable(variables: readonly TextBlock[]): string {
  const rows = variables.map((block) => [
    `\`${block.name}\``,
    argumentOf(block, "type") ?? "",
    defaultText(argumentOf(block, "default")),
    describe(block),
  ]);
  return toTable(["variable", "type", "default", "meaning"], rows);
}

function outputsTable(outputs: readonly TextBlock[]): string {
  return toTable(
    ["output", "value"],
    outputs.map((block) => [`\`${block.name}\``, describe(block)]),
  );
}

function describe(block: TextBlock): string {
  const secret = argumentOf(block, "ephemeral") === "true" ? " Secret: in no plan and no state." : "";
  return `${textOf(block, "description") ?? ""}${secret}`;
}

function defaultText(value: string | undefined): string {
  if (value === undefined) return "(needed)";
  return value === "null" ? "" : `\`${value.startsWith("[") ? JSON.stringify(JSON.parse(value)) : value}\``;
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
