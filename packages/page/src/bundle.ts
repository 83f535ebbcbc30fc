/** Makes the parts of the page from the sources: for `npm start`, for tests, and for the deploy folder of the gateway. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { PageParts } from "./document.ts";
import { writeParts } from "./part-files.ts";

const BROWSER = new URL("./browser/", import.meta.url);

/** MIT asks for its notice in all copies. */
const NOTICE = "/*! Preact (MIT), copyright Jason Miller and its contributors: https://github.com/preactjs/preact */";

/** Takes about 0.3 s, most of it to load the bundler. */
export async function bundlePage(): Promise<PageParts> {
  const [shell, style, script] = await Promise.all([
    readFile(new URL("shell.html", BROWSER), "utf8"),
    readFile(new URL("style.css", BROWSER), "utf8"),
    bundleScript(),
  ]);
  return { shell, style: withoutComments(style), script };
}

/** Writes the parts to the built folder of this package, which serves them from there. */
export async function writePage(folder: string): Promise<void> {
  await writeParts(await bundlePage(), folder);
}

/** The bundler is a devDependency: nothing that is deployed loads it. */
async function bundleScript(): Promise<string> {
  const { rolldown } = await import("rolldown");
  await using build = await rolldown({
    input: fileURLToPath(new URL("main.tsx", BROWSER)),
    platform: "browser",
    resolve: { conditionNames: ["source", "browser", "import", "default"] },
  });
  const { output } = await build.generate({ format: "iife", minify: true, comments: false });
  return `${NOTICE}${output[0].code.trim()}`;
}

function withoutComments(style: string): string {
  return style
    .replaceAll(/\/\*[^]*?\*\//g, "")
    .replaceAll(/\s*\n\s*/g, "\n")
    .trim();
}
