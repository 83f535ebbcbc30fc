/** The page where built files run: the deploy folder has its parts beside this module. */

import { readFile } from "node:fs/promises";
import { assemble, type PageDocument } from "./document.ts";
import { PageMissing } from "./page-missing.ts";
import { PART_FILES } from "./part-files.ts";

export type { PageDocument, PageSource } from "./document.ts";
export { PageMissing } from "./page-missing.ts";

let page: Promise<PageDocument> | undefined;

/** Resolves to the same document each time. @throws PageMissing when a part is not there, as after `tsc -b` alone; the next call looks again */
export function loadPage(): Promise<PageDocument> {
  page ??= readParts().catch((error: unknown) => {
    page = undefined;
    throw isAbsent(error) ? new PageMissing({ cause: error }) : error;
  });
  return page;
}

/** Why `loadPage` will fail; undefined when the page is there. For a line in the log of a program that starts. */
export async function whyNoPage(): Promise<string | undefined> {
  try {
    await loadPage();
    return undefined;
  } catch (error) {
    if (error instanceof PageMissing) return error.message;
    throw error;
  }
}

async function readParts(): Promise<PageDocument> {
  const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), "utf8");
  const [shell, style, script] = await Promise.all([
    read(PART_FILES.shell),
    read(PART_FILES.style),
    read(PART_FILES.script),
  ]);
  return assemble({ shell, style, script });
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
