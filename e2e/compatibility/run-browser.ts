/** The browser: all cases of a page by each client, over both versions of HTTP, with the server of this repository. */

import { launchBrowser, whyNoBrowser } from "../test/support/browser.ts";
import { WEB_CLIENTS } from "./browser/web-clients.ts";
import { HTTP_VERSIONS, WebPages } from "./browser/web-pages.ts";
import type { CaseResult } from "./client.ts";
import type { Tally } from "./tally.ts";

export async function runBrowser(tally: Tally): Promise<void> {
  if (whyNoBrowser !== undefined) return tally.skip("Chromium", whyNoBrowser);
  const browser = await launchBrowser();
  try {
    await using pages = await WebPages.open(browser);
    const version = `Chromium ${browser.version()}`;
    for (const name of WEB_CLIENTS)
      for (const transport of HTTP_VERSIONS) {
        const cases = casesOf(await pages.run(name, transport));
        tally.addCases("browsers", { name, version, transport, cases });
      }
  } finally {
    await browser.close();
  }
}

function casesOf(results: Readonly<Record<string, string>>): readonly CaseResult[] {
  return Object.entries(results).map(([name, error]) => ({ name, error: error === "" ? undefined : error }));
}
