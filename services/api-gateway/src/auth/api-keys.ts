/**
 * API keys: a text with one entry per key in, and for a key that is shown its caller out. Keys themselves are nowhere:
 * an entry has the key's SHA-256, and a key has 256 random bits, so nothing slower is needed. Neither is ever repeated.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type Caller, isScope, MAX_SCOPES } from "../caller.ts";

interface Entry {
  readonly hash: Buffer;
  readonly caller: Caller;
}

const subjectPattern = /^[A-Za-z0-9._@-]{1,128}$/;
const hashPattern = /^[0-9a-f]{64}$/i;

export class ApiKeys {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** Reads `subject:sha256[:scope+scope…],…`. The error says which entry is wrong and repeats no hash. */
  static parse(text: string): { readonly value: ApiKeys } | { readonly error: string } {
    const entries: Entry[] = [];
    for (const [index, part] of text.split(",").entries()) {
      const entry = parseEntry(part.trim());
      if (typeof entry === "string") return { error: `entry ${index + 1}: ${entry}` };
      const first = entries.findIndex(({ hash }) => hash.equals(entry.hash));
      if (first >= 0) return { error: `entry ${index + 1}: the key is that of entry ${first + 1} already` };
      entries.push(entry);
    }
    return { value: new ApiKeys(entries) };
  }

  /** Compares with every entry, and with all of each: how long it takes tells nothing of how near a guess was. */
  find(key: string): Caller | undefined {
    const hash = createHash("sha256").update(key).digest();
    let found: Caller | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) found = entry.caller;
    return found;
  }
}

/** The variable API_KEYS. */
export function apiKeys(): z.ZodType<ApiKeys> {
  return z.string({ error: expected }).transform((text, context) => {
    const parsed = ApiKeys.parse(text);
    if ("value" in parsed) return parsed.value;
    context.issues.push({ code: "custom", message: `${parsed.error}; ${expected}`, input: text });
    return z.NEVER;
  });
}

const expected =
  "expected subject:sha256[:scope+scope], several separated by commas (npm run -s agent-team -- api-key SUBJECT makes one)";

/** The entry, or what is wrong with it. */
function parseEntry(text: string): Entry | string {
  const [subject = "", hash = "", scopeList, ...rest] = text.split(":");
  if (!subjectPattern.test(subject)) return "the subject has to be 1 to 128 of A-Z a-z 0-9 . _ @ -";
  if (!hashPattern.test(hash))
    return `the SHA-256 of the key has to be 64 hexadecimal digits, got ${hash.length} characters`;
  const scopes = scopeList === undefined ? [] : scopeList.split("+");
  if (rest.length > 0 || !scopes.every(isScope)) return "scopes have to be lower-case words, joined by +";
  if (scopes.length > MAX_SCOPES) return `at most ${MAX_SCOPES} scopes`;
  return { hash: Buffer.from(hash, "hex"), caller: { subject, scopes } };
}
