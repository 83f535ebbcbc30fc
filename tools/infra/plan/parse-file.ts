import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Body } from "./configuration.ts";

interface Hcl2Json {
  readonly parse: (file: string, text: string) => Promise<Body>;
}

// Not imported, because its declarations bring the browser's types, and with them `window`, into every test here.
const require = createRequire(import.meta.url);
const { parse } = require("@cdktn/hcl2json") as Hcl2Json;

/** HashiCorp's own parser, as WebAssembly. @throws Error with file, line and column for what is no HCL */
export function parseFile(path: string): Promise<Body> {
  return parse(path, readFileSync(path, "utf8"));
}
