import type { JsonObject } from "@bufbuild/protobuf";
import type { Hole } from "../program.ts";
import type { Reading } from "../reading.ts";
import { referenceTo, SECRET, secretOf, takeSecretName } from "../secret.ts";

/** How a request proves its right: a secret by its name, and the header that has it. */
export interface Credential {
  /** Absent: it has to be asked. */
  readonly secret?: string | undefined;
  /** "bearer" is `Authorization: Bearer …`. Absent: it has to be asked. */
  readonly header?: string | undefined;
}

const BEARER = "bearer";
const HEADER =
  "(?:in|as|by|through|via|using) (?:the |a |an )?(?:header (?:called |named )?)?([A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+)(?: header)?(?![\\p{L}\\p{N}_-])";
const WITH = "(?:with|using|and send|by)";
const KIND =
  "((?:bearer |Bearer |access |api |API |auth )?tokens?|[Bb]earer(?: auth(?:entication|orization)?)?|(?:api |API )?keys?|credentials?|password)";
const FROM = "(?:from|of|in|that is in|stored in|kept in)";
// Without the flag for capitals, which tell names of secrets from other words.
const TOKEN_FROM_SECRET = new RegExp(`\\b${WITH} (?:the |a |an |my |our )?${KIND} ${FROM} ${SECRET}`, "u");
const SECRET_AS_TOKEN = new RegExp(`\\b${WITH} ${SECRET}(?: as (?:the |a |an |its )?${KIND})?`, "u");
const TOKEN_ALONE = new RegExp(
  `\\b${WITH} (?:a |an |the |my |our )?${KIND}(?![\\p{L}\\p{N}_-])(?! [\\p{L}\\p{N}"])`,
  "u",
);
const IN_HEADER = new RegExp(HEADER, "u");

/** Takes "with the token from the secret orders-api", "with the secret ORDERS_KEY in the header X-Api-Key", "with a bearer token". */
export function takeCredential(reading: Reading): Credential | undefined {
  const found = takeWords(reading);
  if (found === undefined) return undefined;
  const named = reading.take(IN_HEADER)?.[1];
  return { secret: found.secret, header: named ?? (isBearer(found.kind) ? BEARER : undefined) };
}

function takeWords(reading: Reading): { readonly secret?: string | undefined; readonly kind: string } | undefined {
  const token = reading.take(TOKEN_FROM_SECRET);
  if (token !== undefined) return { kind: token[1] ?? "", secret: secretOf(token.slice(2)) };
  const secret = reading.take(SECRET_AS_TOKEN);
  if (secret !== undefined) return { kind: secret[4] ?? "", secret: secretOf(secret.slice(1, 4)) };
  const alone = reading.take(TOKEN_ALONE);
  return alone === undefined ? undefined : { kind: alone[1] ?? "" };
}

/** A key of an API may be in any header; a token is one for `Authorization`. */
function isBearer(kind: string): boolean {
  return /token|bearer/i.test(kind);
}

/** The question for what is missing; `complete` makes the request with the whole credential. */
export function missingOf<Filled>(
  credential: Credential,
  complete: (whole: Credential) => Filled,
): Hole<Filled> | undefined {
  if (credential.secret === undefined) return missingSecret(credential, complete);
  return credential.header === undefined ? missingHeader(credential, complete) : undefined;
}

function missingSecret<Filled>(credential: Credential, complete: (whole: Credential) => Filled): Hole<Filled> {
  return {
    slot: "secret",
    question:
      "Which secret has it? A workflow names a secret, such as ORDERS_API; the operator of the engine sets its value, and it is in no workflow.",
    options: [],
    fill(answer) {
      const secret = takeSecretName(answer);
      return secret === undefined ? undefined : complete({ ...credential, secret });
    },
  };
}

function missingHeader<Filled>(credential: Credential, complete: (whole: Credential) => Filled): Hole<Filled> {
  return {
    slot: "header",
    question: `How should it send the secret ${credential.secret}: as a bearer token, or in which header?`,
    options: ["as a bearer token", "in the header X-Api-Key"],
    fill(answer) {
      if (answer.take(/^(?:as )?(?:a |the )?(?:bearer(?: token)?|token)$/i) !== undefined)
        return complete({ ...credential, header: BEARER });
      const header = answer.take(new RegExp(`^(?:${HEADER}|(?:the )?(?:header )?([A-Za-z][A-Za-z0-9-]{0,63}))$`, "iu"));
      const name = header?.[1] ?? header?.[2];
      return name === undefined ? undefined : complete({ ...credential, header: name });
    },
  };
}

/** The headers of the request, as a part of its configuration. */
export function headersOf({ secret, header }: Credential = {}): JsonObject {
  if (secret === undefined || header === undefined) return {};
  const reference = referenceTo(secret);
  return { headers: header === BEARER ? { Authorization: `Bearer ${reference}` } : { [header]: reference } };
}

/** " with the secret ORDERS_API as its bearer token"; empty without a credential. */
export function describeCredential({ secret, header }: Credential = {}): string {
  if (secret === undefined || header === undefined) return "";
  return ` with the secret ${secret} ${header === BEARER ? "as its bearer token" : `in the header ${header}`}`;
}
