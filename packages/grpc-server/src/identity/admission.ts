/**
 * Checks the caller of a call before its handler runs. The call's metadata comes in; an identity goes out, or the error
 * that ends the call. With secrets only what the gateway has signed is accepted. Without them there is nothing to check
 * by, and all calls belong to the subject `local`.
 */

import { ErrorInfoSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type Admit,
  type CallerMetadata,
  IDENTITY_HEADER,
  type Identity,
  type IdentitySecrets,
  LOCAL_SUBJECT,
} from "../identity.ts";
import { readToken, type TokenFault, type TokenReader } from "./token.ts";

type Reason =
  | "IDENTITY_MISSING"
  | "IDENTITY_MALFORMED"
  | "IDENTITY_FORGED"
  | "IDENTITY_MISDIRECTED"
  | "IDENTITY_EXPIRED"
  | "IDENTITY_UNCHECKED";

const LOCAL: Identity = { subject: LOCAL_SUBJECT, scopes: ["admin"] };

const REFUSALS: Readonly<Record<TokenFault, readonly [Reason, string]>> = {
  malformed: ["IDENTITY_MALFORMED", `${IDENTITY_HEADER} is not an identity that the gateway signs`],
  forged: [
    "IDENTITY_FORGED",
    `${IDENTITY_HEADER} is signed with a secret that is not in this server's IDENTITY_SECRET`,
  ],
  misdirected: ["IDENTITY_MISDIRECTED", `${IDENTITY_HEADER} was made for another service`],
  expired: ["IDENTITY_EXPIRED", `${IDENTITY_HEADER} has expired`],
};

/** The check by `secrets`, of identities made for the service `audience`. */
export function createAdmission(secrets: IdentitySecrets | undefined, clock: Clock, audience: string): Admit {
  if (secrets === undefined) return admitLocal;
  return (metadata) => admitSigned(metadata, { audience, secrets }, clock.wallNow() / 1_000);
}

function admitSigned(metadata: CallerMetadata, reader: TokenReader, nowSeconds: number): Identity {
  const [token, another] = metadata.get(IDENTITY_HEADER);
  if (token === undefined) throw refused("IDENTITY_MISSING", `expected ${IDENTITY_HEADER}, which the gateway signs`);
  // With two, the sender of the second one would choose which identity the call has.
  if (another !== undefined) throw refused("IDENTITY_MALFORMED", `expected one ${IDENTITY_HEADER}, got several`);
  const read = readToken(String(token), reader, nowSeconds);
  if ("value" in read) return read.value;
  throw refused(...REFUSALS[read.error]);
}

/** Refuses an identity that it cannot check: as `local`, all callers of the gateway would share their data. */
function admitLocal(metadata: CallerMetadata): Identity {
  if (metadata.get(IDENTITY_HEADER).length === 0) return LOCAL;
  throw refused("IDENTITY_UNCHECKED", `${IDENTITY_HEADER} cannot be checked: IDENTITY_SECRET is not set here`);
}

function refused(reason: Reason, message: string): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { domain: "agentteam", reason, metadata: {} } };
  return new ConnectError(message, Code.Unauthenticated, undefined, [info]);
}
