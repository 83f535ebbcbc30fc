/** The page where built files run: the deploy folder has its parts beside this module. */

import { readFile } from "node:fs/promises";
import { assemble, type PageDocument } from "./document.ts";
import { PART_FILES } from "./part-files.ts";

export type { PageDocument } from "./document.ts";

let page: Promise<PageDocument> | undefined;

/** Resolves to the same document each time. @throws Error when the parts are not there */
export function loadPage(): Promise<PageDocument> {
  page ??= readParts();
  return page;
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
