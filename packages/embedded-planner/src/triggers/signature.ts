import type { JsonObject } from "@bufbuild/protobuf";
import type { Hole } from "../program.ts";
import type { Reading } from "../reading.ts";
import { referenceTo, SECRET, secretOf, takeSecretName } from "../secret.ts";

/** How the sender of a webhook signs. */
export interface Signature {
  /** As the engine names it. */
  readonly scheme: "github" | "slack" | "stripe" | "hmac-sha256";
  /** The secret with which the sender signs. Absent: it has to be asked. */
  readonly secret?: string | undefined;
}

const ARTICLE = "(?:(?:an?|the|my|our|every|each|any) )?(?:(?:new|incoming) )?";
const SENDERS = "(GitHub|Github|github|Slack|slack|Stripe|stripe)";
const WITH_SECRET = `(?: (?:(?:by|with|using|from|of|in) (?:its |the )?(?:key (?:from|in) )?)${SECRET})?`;
const HMAC = "(?:(?:an? |the |its )?(?:(?:HMAC|hmac)(?:[- ](?:SHA|sha)-?256)? )?signatures?)";
/** "a GitHub webhook with signature", "a signed Stripe webhook", "a webhook signed by Slack", "a webhook with an HMAC signature". */
const SIGNED: readonly RegExp[] = [
  new RegExp(
    `^${ARTICLE}${SENDERS} (webhooks?)(?: (?:arrives?|comes in|is (?:called|received)))? (?:with|that has) ${HMAC}${WITH_SECRET}\\s*$`,
    "u",
  ),
  new RegExp(`^${ARTICLE}signed ${SENDERS} (webhooks?)${WITH_SECRET}\\s*$`, "u"),
  new RegExp(`^${ARTICLE}(webhooks?) (?:that is )?signed by ${SENDERS}${WITH_SECRET}\\s*$`, "u"),
  new RegExp(`^${ARTICLE}(webhooks?) (?:with|that has) ${HMAC}${WITH_SECRET}\\s*$`, "u"),
  new RegExp(`^${ARTICLE}signed (webhooks?)${WITH_SECRET}\\s*$`, "u"),
];
/** Words about the arrival, which may stand behind the signature. What was taken before leaves white space. */
const ARRIVES = / (?:arrives?|comes in|fires|is (?:called|received|triggered))$/;

/** Takes a whole text that names a webhook with a signature. */
export function takeSigned(reading: Reading): Signature | undefined {
  if (!reading.has(/\bsign/)) return undefined;
  reading.take(ARRIVES);
  const match = SIGNED.map((pattern) => reading.take(pattern)).find((each) => each !== undefined);
  if (match === undefined) return undefined;
  const groups = match.slice(1);
  const sender = groups.find((group) => group !== undefined && /^(?:github|slack|stripe)$/i.test(group));
  const secret = secretOf(groups.filter((group) => group !== sender && !/^webhooks?$/.test(group ?? "webhook")));
  return { scheme: (sender?.toLowerCase() as Signature["scheme"] | undefined) ?? "hmac-sha256", secret };
}

/** The question for the secret; `complete` makes the trigger with it. */
export function missingSecretOf<Filled>(
  signature: Signature,
  complete: (whole: Signature) => Filled,
): Hole<Filled> | undefined {
  if (signature.secret !== undefined) return undefined;
  return {
    slot: "secret",
    question: `With which secret does ${senderOf(signature)} sign? A workflow names a secret, such as WEBHOOK_SECRET; the operator of the engine sets its value.`,
    options: [],
    fill(answer) {
      const secret = takeSecretName(answer);
      return secret === undefined ? undefined : complete({ ...signature, secret });
    },
  };
}

/** The part of the trigger's configuration. */
export function signatureFields({ scheme, secret }: Signature): JsonObject {
  return { signature: scheme, signature_secret: secret === undefined ? "" : referenceTo(secret) };
}

/** "GitHub's signature, checked with the secret HOOK". */
export function describeSignature(signature: Signature): string {
  const { scheme, secret } = signature;
  const whose =
    scheme === "hmac-sha256" ? "a signature (HMAC-SHA256 of the body)" : `${senderOf(signature)}'s signature`;
  return `${whose}, checked with the secret ${secret ?? ""}`;
}

function senderOf({ scheme }: Signature): string {
  return { github: "GitHub", slack: "Slack", stripe: "Stripe", "hmac-sha256": "the sender" }[scheme];
}
