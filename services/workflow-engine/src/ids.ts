import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** 26 characters of base32 are 130 bits: no two ids are equal, and an id fits into a URL. */
const ID_LENGTH = 26;

const ID = /^[a-z2-7]{26}$/;

/**
 * The id of what a request, a delivery to a webhook or a firing of a schedule creates. It is derived from subject and request id, so that a repeat gives the same id on any
 * instance, without an index and without a race. Without a request id it is random, and a repeat creates anew.
 */
export function createdId(
  kind: "workflow" | "run" | "delivery" | "firing",
  subject: string,
  requestId: string,
): string {
  if (requestId === "") return base32(randomBytes(32));
  // With lengths, so that no two triples give one text.
  const text = [kind, subject, requestId].map((part) => `${part.length}:${part}`).join("");
  return base32(createHash("sha256").update(text).digest());
}

/** Whether a text has the form of an id; no other text is looked up. */
export function isId(text: string): boolean {
  return ID.test(text);
}

function base32(bytes: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let text = "";
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5 && text.length < ID_LENGTH) {
      held -= 5;
      text += ALPHABET.charAt((bits >>> held) & 31);
    }
    bits &= (1 << held) - 1;
  }
  return text;
}
