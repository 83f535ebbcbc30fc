import { createHash, randomBytes } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** 26 characters of base32 are 130 bits: enough that two ids never meet, short enough for a URL. */
const idLength = 26;

/**
 * The id of what a request creates. Derived, not looked up: a repeat of (subject, request id) gives the same id, on
 * any instance, without an index and without a race. Without a request id it is random, and a repeat creates anew.
 */
export function createdId(kind: "workflow" | "run", subject: string, requestId: string): string {
  if (requestId === "") return base32(randomBytes(32));
  // Lengths first, so that no two triples give one text.
  const text = [kind, subject, requestId].map((part) => `${part.length}:${part}`).join("");
  return base32(createHash("sha256").update(text).digest());
}

/** Whether a text can be an id of ours at all; anything else is not looked up. */
export function isId(text: string): boolean {
  return /^[a-z2-7]{26}$/.test(text);
}

function base32(bytes: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let text = "";
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5 && text.length < idLength) {
      held -= 5;
      text += alphabet.charAt((bits >>> held) & 31);
    }
    bits &= (1 << held) - 1;
  }
  return text;
}
