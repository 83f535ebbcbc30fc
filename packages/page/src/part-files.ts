import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PageParts } from "./document.ts";

/** The files of the parts, in the built folder. */
export const PART_FILES: Readonly<Record<keyof PageParts, string>> = {
  shell: "shell.html",
  style: "style.css",
  script: "script.js",
};

export async function writeParts(parts: PageParts, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    (Object.keys(PART_FILES) as (keyof PageParts)[]).map((part) =>
      writeFile(join(folder, PART_FILES[part]), parts[part]),
    ),
  );
}
