/**
 * Says who a call is made for, before its handler runs. In comes the call's metadata, out goes an identity, or the
 * refusal that ends the call. With IDENTITY_SECRET only what the gateway has signed counts; without it there is nothing
 * to check by, and all calls belong to `local`.
 */

import { ErrorInfoSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Metadata } from "@grpc/grpc-js";
import { ConfigError } from "../config/config-error.ts";
import { isProduction, type ProcessConfig } from "../config/server-config.ts";
import { type Identity, identityHeader, localSubject } from "./identity.ts";
import { readToken, type TokenFault, type TokenReader } from "./token.ts";

/** @throws ConnectError UNAUTHENTICATED */
export type Admit = (metadata: Pick<Metadata, "get">) => Identity;

type Reason =
  | "IDENTITY_MISSING"
  | "IDENTITY_MALFORMED"
  | "IDENTITY_FORGED"
  | "IDENTITY_MISDIRECTED"
  | "IDENTITY_EXPIRED"
  | "IDENTITY_UNCHECKED";

const local: Identity = { subject: localSubject, scopes: ["admin"] };

const refusals: Readonly<Record<TokenFault, readonly [Reason, string]>> = {
  malformed: ["IDENTITY_MALFORMED", `${identityHeader} is not an identity that the gateway signs`],
  forged: ["IDENTITY_FORGED", `${identityHeader} was signed with another IDENTITY_SECRET than those known here`],
  misdirected: ["IDENTITY_MISDIRECTED", `${identityHeader} was made for another service`],
  expired: ["IDENTITY_EXPIRED", `${identityHeader} has expired`],
};

/**
 * The check that `IDENTITY_SECRET` asks for, of identities made for the service `audience`.
 * @throws ConfigError of one line in production without IDENTITY_SECRET
 */
export function createAdmission(config: IdentityConfig, clock: Clock, audience: string): Admit {
  requireIdentity(config);
  const { IDENTITY_SECRET: secrets } = config;
  if (secrets === undefined) return admitLocal;
  return (metadata) => admitSigned(metadata, { audience, secrets }, clock.wallNow() / 1_000);
}

type IdentityConfig = Pick<ProcessConfig, "IDENTITY_SECRET" | "ENVIRONMENT" | "NODE_ENV">;

/** @throws ConfigError of one line in production without IDENTITY_SECRET */
export function requireIdentity<Config extends IdentityConfig>(config: Config): Config {
  if (config.IDENTITY_SECRET !== undefined || !isProduction(config)) return config;
  throw new ConfigError(
    "IDENTITY_SECRET is not set: expected the gateway's, at least 32 bytes, when ENVIRONMENT=production: without it all callers are one",
  );
}

function admitSigned(metadata: Pick<Metadata, "get">, reader: TokenReader, nowSeconds: number): Identity {
  const [token, another] = metadata.get(identityHeader);
  if (token === undefined) throw refused("IDENTITY_MISSING", `expected ${identityHeader}, which the gateway signs`);
  // One call, one identity: of two, the sender of the other would choose the one that counts.
  if (another !== undefined) throw refused("IDENTITY_MALFORMED", `expected one ${identityHeader}, got several`);
  const read = readToken(String(token), reader, nowSeconds);
  if ("value" in read) return read.value;
  throw refused(...refusals[read.error]);
}

/** An identity that cannot be checked is no call of `local`: taken for one, the gateway's callers would share everything. */
function admitLocal(metadata: Pick<Metadata, "get">): Identity {
  if (metadata.get(identityHeader).length === 0) return local;
  throw refused("IDENTITY_UNCHECKED", `${identityHeader} cannot be checked: IDENTITY_SECRET is not set here`);
}

function refused(reason: Reason, message: string): ConnectError {
  const info = { desc: ErrorInfoSchema, value: { domain: "agentteam", reason, metadata: {} } };
  return new ConnectError(message, Code.Unauthenticated, undefined, [info]);
}
