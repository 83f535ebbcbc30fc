/** The page where sources run: bundled when it is asked for the first time. */

import { bundlePage } from "./bundle.ts";
import { assemble, type PageDocument } from "./document.ts";

export type { PageDocument, PageSource } from "./document.ts";
export { PageMissing } from "./page-missing.ts";

let page: Promise<PageDocument> | undefined;

/** Resolves to the same document each time. @throws Error when the sources do not build; the next call tries again */
export function loadPage(): Promise<PageDocument> {
  page ??= bundlePage()
    .then(assemble)
    .catch((error: unknown) => {
      page = undefined;
      throw error;
    });
  return page;
}

/** The sources are there, and bundling them takes a quarter of a second: not at the start of a program. */
export async function whyNoPage(): Promise<string | undefined> {
  return undefined;
}
