/** Random fields as calls and responses have them: a few names, values that repeat, values that do not. Seeded. */

import type { Random } from "@agent-team/foundation/random";
import type { HeaderField } from "@agent-team/http2";

/** What every HTTP/2 implementation admits in a value and keeps as it is: visible ASCII, and spaces inside. */
const VALUE_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&'*+-.^_`|~/:;<=>?@[]{}()\" ";

const MAX_FIELDS = 8;

/** Up to eight fields with different names. */
export function randomMetadata(random: Random): HeaderField[] {
  const below = (max: number): number => Math.floor(random() * max);
  const values = [
    (): string => `constant-${below(3)}`,
    (): string => randomText(random, below(8)),
    (): string => randomText(random, below(200)),
    // Longer than the default table from time to time.
    (): string => randomText(random, below(40) === 0 ? 5_000 : 30),
  ];
  return Array.from({ length: below(MAX_FIELDS + 1) }, (_, i): HeaderField => {
    const value = (values[below(values.length)] as (typeof values)[number])();
    return [`x-${"n".repeat(1 + below(3))}-${i}`, value];
  });
}

/** A value without spaces at its ends, where they are no part of it. */
function randomText(random: Random, length: number): string {
  return Array.from({ length }, () => VALUE_CHARS[Math.floor(random() * VALUE_CHARS.length)])
    .join("")
    .trim();
}
