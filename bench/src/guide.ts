/**
 * `npm run -s bench -- guide`: puts the figures of `bench/results` into docs/guides/performance.md, and draws the pictures. The guide has
 * a pair of comments for each benchmark; everything else in it is written by hand.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drawPicture, PICTURES } from "./picture.ts";
import { type Result, readResult, resultFile } from "./results.ts";

const GUIDE = fileURLToPath(new URL("../../docs/guides/performance.md", import.meta.url));
/** `<!-- bench NAME -->`, the table, `<!-- end -->`. */
const PLACE = /(<!-- bench ([a-z-]+) -->\n)[^]*?(<!-- end -->)/g;

/** The files that the command writes, by their paths. */
export function makeDocuments(): ReadonlyMap<string, string> {
  return new Map([
    [GUIDE, fillGuide(readFileSync(GUIDE, "utf8"), readResult)],
    ...PICTURES.map((picture): [string, string] => [
      resultFile(picture.file),
      drawPicture(picture, readResult(picture.benchmark)),
    ]),
  ]);
}

export function writeDocuments(): void {
  for (const [path, content] of makeDocuments()) writeFileSync(path, content);
}

/** `guide` with a table at each place. */
export function fillGuide(guide: string, resultOf: (name: string) => Result): string {
  return guide.replace(PLACE, (_, begin: string, name: string, end: string) => begin + section(resultOf(name)) + end);
}

function section(result: Result): string {
  const { name, node, machine, notes } = result;
  const rows = typeof result.ours === "number" ? comparison(result) : cases(result);
  const source = `\`npm run -s bench -- ${name} --save\`, Node ${node}, ${machine}.`;
  return `\n${rows.join("\n")}\n\n${source} ${sentence(notes)}\n\n`;
}

/** A row for each variant: ours, and each peer with the ratio of ours to it. */
function comparison({ name, unit, ours, peers, ratio, variants = {} }: Result): string[] {
  const names = [...new Set([peers, ...Object.values(variants).map((variant) => variant.peers)].flatMap(Object.keys))];
  const row = (title: string, of: Pick<Result, "unit" | "ours" | "peers" | "ratio">): string => {
    const cells = names.map((peer) => (peer in of.peers ? `${of.peers[peer]} (${of.ratio[peer]} ×)` : ""));
    return line([of.unit === unit ? title : `${title}, ${of.unit}`, JSON.stringify(of.ours), ...cells]);
  };
  return [
    line([unit, "ours", ...names]),
    line(["---", "---", ...names.map(() => "---")]),
    row(`**${name}**`, { unit, ours, peers, ratio }),
    ...Object.entries(variants).map(([title, variant]) => row(`\`${title}\``, variant)),
  ];
}

function cases({ unit, ours }: Result): string[] {
  return [
    line(["", unit]),
    line(["---", "---"]),
    ...Object.entries(ours).map(([title, value]) => line([title, String(value)])),
  ];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function sentence(text: string): string {
  return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
