/** Counts words that often stand in a sentence that is hard to read (CONTRIBUTING.md, "Plain English"). */

import { type Text, workspaceOf } from "./tracked.ts";

const SIGNS: readonly string[] = [
  "nobody",
  "somebody",
  "anybody",
  "whoever",
  "whom",
  "whose",
  "is none",
  "tells",
  "for ever",
  "goes away",
  "says goodbye",
  "a word about",
];

/** These name the signs. */
const NAMES_THEM: ReadonlySet<string> = new Set([
  "CONTRIBUTING.md",
  "tools/house/signs.ts",
  "tools/house/house.test.ts",
]);

/** By sign and workspace. What does not occur is absent. */
export type SignCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function countSigns(texts: readonly Text[]): SignCounts {
  const counts: Record<string, Record<string, number>> = {};
  for (const { file, text } of texts) {
    if (NAMES_THEM.has(file)) continue;
    for (const sign of SIGNS) {
      const found = text.match(new RegExp(`\\b${sign}\\b`, "gi"))?.length ?? 0;
      if (found === 0) continue;
      const bySign = (counts[sign] ??= {});
      const workspace = workspaceOf(file);
      bySign[workspace] = (bySign[workspace] ?? 0) + found;
    }
  }
  return counts;
}
