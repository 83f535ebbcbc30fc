/**
 * API keys. In: the variable API_KEYS, with one entry for each key, and then the key of a request. Out: the key's caller.
 * An entry holds the key's SHA-256 and not the key. A key has 256 random bits, so a slower hash adds nothing. Neither keys
 * nor hashes are ever repeated in an error.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type Caller, isScope, MAX_SCOPES } from "../caller.ts";

interface Entry {
  readonly hash: Buffer;
  readonly caller: Caller;
}

const SUBJECT = /^[A-Za-z0-9._@-]{1,128}$/;
const HASH = /^[0-9a-f]{64}$/i;

const EXPECTED =
  "expected subject:sha256[:scope+scope], several separated by commas (npm run -s agent-team -- api-key SUBJECT makes one)";

export class ApiKeys {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** Reads `subject:sha256[:scope+scope…],…`. The error names the entry that is wrong. */
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

  /** Compares with the whole hash of every entry, so that the time taken does not depend on how near a guess is. */
  find(key: string): Caller | undefined {
    const hash = createHash("sha256").update(key).digest();
    let found: Caller | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) found = entry.caller;
    return found;
  }
}

/** The variable API_KEYS. */
export function apiKeys(): z.ZodType<ApiKeys> {
  return z.string({ error: EXPECTED }).transform((text, context) => {
    const parsed = ApiKeys.parse(text);
    if ("value" in parsed) return parsed.value;
    context.issues.push({ code: "custom", message: `${parsed.error}; ${EXPECTED}`, input: text });
    return z.NEVER;
  });
}

/** The entry, or the fault in it. */
function parseEntry(text: string): Entry | string {
  const [subject = "", hash = "", scopeList, ...rest] = text.split(":");
  if (!SUBJECT.test(subject)) return "the subject has to be 1 to 128 of A-Z a-z 0-9 . _ @ -";
  if (!HASH.test(hash)) return `the SHA-256 of the key has to be 64 hexadecimal digits, got ${hash.length} characters`;
  const scopes = scopeList === undefined ? [] : scopeList.split("+");
  if (rest.length > 0 || !scopes.every(isScope)) return "scopes have to be lower-case words, joined by +";
  if (scopes.length > MAX_SCOPES) return `at most ${MAX_SCOPES} scopes`;
  return { hash: Buffer.from(hash, "hex"), caller: { subject, scopes } };
}
