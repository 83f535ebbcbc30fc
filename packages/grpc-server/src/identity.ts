/** The caller of a call: the noun that the check of callers, the calls and the handlers share. */

import type { KeyObject } from "node:crypto";
import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";

/** The metadata key of the signed identity. */
export const IDENTITY_HEADER = "x-at-identity";

/** The subject of all calls where identities are not checked. */
export const LOCAL_SUBJECT = "local";

/** The caller of a call, after the check. Handlers get it by `identityOf`. */
export interface Identity {
  /** The owner of what the call creates. The call reaches nothing that belongs to another subject. */
  readonly subject: string;
  /** Further rights of the subject, such as `admin`. */
  readonly scopes: readonly string[];
}

/**
 * The secrets that sign identities: the first signs, each is accepted. One secret, or two while one replaces the other.
 * They are key objects and not bytes, because a printed key object shows nothing.
 */
export type IdentitySecrets = readonly [KeyObject, ...KeyObject[]];

/** The metadata of a call, as far as the check of the caller reads it. */
export interface CallerMetadata {
  get(key: string): readonly (string | Buffer)[];
}

/**
 * Checks the caller of a call before its handler runs.
 * @throws ConnectError UNAUTHENTICATED
 */
export type Admit = (metadata: CallerMetadata) => Identity;

/** Has no default: a handler whose callers were not checked must fail, and not serve all callers as one. */
export const identityKey: ContextKey<Identity | undefined> = createContextKey<Identity | undefined>(undefined, {
  description: "the caller's identity",
});

/**
 * The caller of the call.
 * @throws Error where the server has not checked callers: a defect of the server, not of the call
 */
export function identityOf({ values }: Pick<HandlerContext, "values">): Identity {
  const identity = values.get(identityKey);
  if (identity === undefined) throw new Error("the server has not checked the caller of this call");
  return identity;
}
