import { createSecretKey, type KeyObject } from "node:crypto";
import { z } from "zod";

/**
 * The secrets that identities are signed with: the first signs, each is accepted. One, or two while one replaces the
 * other. Key objects and not bytes, because those show nothing when they are printed.
 */
export type IdentitySecrets = readonly [KeyObject, ...KeyObject[]];

/** RFC 7518 3.2: "A key of the same size as the hash output (for instance, 256 bits for "HS256") or larger MUST be used". */
const minSecretBytes = 32;

/** Two are enough to replace one: the third would be one that should be gone. */
const maxSecrets = 2;

/** The variable IDENTITY_SECRET. */
export function identitySecrets(): z.ZodType<IdentitySecrets> {
  const expected = `expected a secret of at least ${minSecretBytes} bytes, or two separated by a comma: the first signs, both are accepted`;
  return z.string({ error: expected }).transform((text, context) => {
    const values = text.split(",").map((value) => Buffer.from(value.trim()));
    const [first, ...others] = values.map((value) => createSecretKey(value));
    const isRight = values.length <= maxSecrets && values.every(({ byteLength }) => byteLength >= minSecretBytes);
    if (isRight && first !== undefined) return [first, ...others];
    context.issues.push({ code: "custom", message: expected, input: text });
    return z.NEVER;
  });
}
