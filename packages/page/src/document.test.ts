import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundlePage, writePage } from "./bundle.ts";
import { assemble } from "./document.ts";
import { loadPage as loadFiles, whyNoPage as whyNoFiles } from "./from-files.ts";
import { loadPage, whyNoPage } from "./from-sources.ts";
import { PART_FILES } from "./part-files.ts";

/** Of the whole page, compressed. */
const MAX_BYTES = 60 * 1_024;

test("the page is at most 60 KiB, compressed, and the same each time", async () => {
  const page = await loadPage();
  expect(page.gzipped.length).toBeLessThan(MAX_BYTES);
  expect(await loadPage()).toBe(page);
  expect(assemble(await bundlePage()).etag).toBe(page.etag);
});

test("the policy admits the page's script and style by their hashes, and nothing else", async () => {
  const page = await loadPage();
  const html = Buffer.from(page.html).toString();
  const hashes = [/<script>([^]*)<\/script>/, /<style>([^]*)<\/style>/].map((element) =>
    createHash("sha256")
      .update(element.exec(html)?.[1] ?? "")
      .digest("base64"),
  );
  expect(page.contentSecurityPolicy).toBe(
    `default-src 'none'; script-src 'sha256-${hashes[0]}'; style-src 'sha256-${hashes[1]}'; connect-src 'self'; ` +
      "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  const isFromElsewhere = /<script[^>]+src|<link[^>]+href="http|@import|url\((?!#)/;
  expect(isFromElsewhere.test(html)).toBe(false);
});

test("the licence of what is bundled is in it", async () => {
  expect((await bundlePage()).script).toMatch(/^\/\*! Preact \(MIT\)/);
});

test("a part that would end its element is refused, and so is a shell without its places", () => {
  const shell = "<style>/* the style */</style><script>/* the script */</script>";
  expect(() => assemble({ shell, style: "", script: 'x = "</SCRIPT>"' })).toThrow("would end it");
  expect(() => assemble({ shell: "", style: "", script: "" })).toThrow("expected /* the style */ once");
});

test("the files of a deploy folder are the parts", async () => {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const parts = await bundlePage();
  await writePage(folder);
  expect(readFileSync(join(folder, PART_FILES.script), "utf8")).toBe(parts.script);
  rmSync(folder, { recursive: true });
});

test("where the parts are not beside the module, as after tsc -b alone, the failure says how to make them", async () => {
  await expect(loadFiles()).rejects.toMatchObject({ name: "PageMissing", cause: { code: "ENOENT" } });
  expect(await whyNoFiles()).toMatch(/npm run pack -- api-gateway/);
  expect(await whyNoPage()).toBeUndefined();
});
