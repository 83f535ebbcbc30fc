// A page in headless Chromium calls a gRPC server of another origin, without a proxy: connect-web and grpc-web, over HTTP/1.1 and HTTP/2.

import { until } from "@agent-team/test-support/until";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WEB_CASES } from "../compatibility/browser/web-cases.ts";
import { WEB_CLIENTS } from "../compatibility/browser/web-clients.ts";
import { HTTP_VERSIONS, WebPages } from "../compatibility/browser/web-pages.ts";
import { launchBrowser, whyNoBrowser } from "../test/support/browser.ts";

const NAMES = Object.keys(WEB_CASES);

let browser: Browser;
let pages: WebPages;

beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  browser = await launchBrowser();
  pages = await WebPages.open(browser);
}, 60_000);

afterAll(async () => {
  await pages?.[Symbol.asyncDispose]();
  await browser?.close();
});

beforeEach(({ skip }) => skip(whyNoBrowser !== undefined, whyNoBrowser));

describe.each(HTTP_VERSIONS)("over %s", (httpVersion) => {
  test.each(WEB_CLIENTS)(
    "%s: all cases pass, and a handler is aborted when the page leaves its stream",
    async (client) => {
      pages.aborted.length = 0;
      const results = await pages.run(client, httpVersion);
      expect(results).toEqual(Object.fromEntries(NAMES.map((name) => [name, ""])));
      await until(
        () => pages.aborted.some((reason) => reason.includes("cancelled by the client")),
        "the handler is aborted",
      );
    },
  );
});

test.each(HTTP_VERSIONS)("a page of another origin gets no answer, over %s", async (httpVersion) => {
  const results = await pages.runAsStranger("connect-web, Connect", httpVersion);
  // A browser hides the reason from the page.
  expect(results["empty_unary"]).toContain("Failed to fetch");
});
