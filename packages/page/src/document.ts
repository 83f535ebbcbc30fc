/**
 * The page as one document: script and style are in it, so that a browser never gets the parts of two versions while gateways are
 * replaced. Its policy admits exactly this script and this style, by their hashes, and calls to its own origin.
 */

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** What the page is made of, as texts. */
export interface PageParts {
  /** HTML with a place for the style and one for the script. */
  readonly shell: string;
  readonly style: string;
  readonly script: string;
}

export interface PageDocument {
  readonly html: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly contentSecurityPolicy: string;
}

/** Where the page comes from: the sources, or the files of a deploy folder. */
export interface PageSource {
  /** @throws PageMissing */
  readonly loadPage: () => Promise<PageDocument>;
  /** Why `loadPage` will fail; undefined when the page is there. For a line in the log of a program that starts. */
  readonly whyNoPage: () => Promise<string | undefined>;
}

const PLACE_OF_STYLE = "/* the style */";
const PLACE_OF_SCRIPT = "/* the script */";

/** @throws Error when the shell has no place for a part, or a part would end its element */
export function assemble({ shell, style, script }: PageParts): PageDocument {
  const styled = fill(shell, PLACE_OF_STYLE, style, "</style");
  const html = Buffer.from(fill(styled, PLACE_OF_SCRIPT, script, "</script"));
  return {
    html,
    gzipped: gzipSync(html, { level: 9 }),
    etag: `"${createHash("sha256").update(html).digest("base64url").slice(0, 22)}"`,
    contentSecurityPolicy: policyOf(style, script),
  };
}

function fill(html: string, place: string, text: string, end: string): string {
  const [before, after, more] = html.split(place);
  if (before === undefined || after === undefined || more !== undefined)
    throw new Error(`the page's shell: expected ${place} once`);
  if (text.toLowerCase().includes(end)) throw new Error(`a part of the page contains ${end}, which would end it`);
  return before + text + after;
}

function policyOf(style: string, script: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** CSP Level 3, 2.3.1: the hash is over the text of the element, every character of it. */
function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
