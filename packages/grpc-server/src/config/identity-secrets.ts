import { createSecretKey } from "node:crypto";
import type { z } from "zod";
import type { IdentitySecrets } from "../identity.ts";
import { variable } from "./variables.ts";

/** RFC 7518 3.2: "A key of the same size as the hash output (for instance, 256 bits for "HS256") or larger MUST be used". */
const MIN_SECRET_BYTES = 32;

/** Two are enough to replace one: a third would be an old secret that was not removed. */
const MAX_SECRETS = 2;

const EXPECTED = `expected a secret of at least ${MIN_SECRET_BYTES} bytes, or two separated by a comma: the first signs, both are accepted`;

/** The variable IDENTITY_SECRET. */
export function identitySecrets(): z.ZodType<IdentitySecrets> {
  return variable(EXPECTED, parse);
}

/** Undefined when a secret is too short, or when there are too many. */
function parse(text: string): IdentitySecrets | undefined {
  const values = text.split(",").map((value) => Buffer.from(value.trim()));
  if (values.length > MAX_SECRETS || values.some(({ byteLength }) => byteLength < MIN_SECRET_BYTES)) return undefined;
  const [first, ...others] = values.map((value) => createSecretKey(value));
  return first === undefined ? undefined : [first, ...others];
}
