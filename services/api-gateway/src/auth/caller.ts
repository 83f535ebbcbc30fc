import { localSubject } from "@agent-team/grpc-server";
import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** Who makes a request, once that has been checked. */
export interface Caller {
  /** The `sub` of an access token, or the subject of an API key. Everything that the caller creates belongs to it. */
  readonly subject: string;
  readonly scopes: readonly string[];
}

/** Opens `GET /v1/discovery`. */
export const adminScope = "admin";

/** Everybody, where nobody is asked (`AUTH_MODE=none`): one subject, which may do everything. */
export const anybody: Caller = { subject: localSubject, scopes: [adminScope] };

/** Under which a call to a service carries its caller. Without a default on purpose: nobody is not `anybody`. */
export const callerKey: ContextKey<Caller | undefined> = createContextKey<Caller | undefined>(undefined, {
  description: "who made the request that this call is for",
});

/** RFC 6749 3.3 lets a scope be any printable text; ours are words. */
const scopePattern = /^[a-z][a-z0-9._-]{0,63}$/;

/** As many scopes as a caller can have: with as many words, the identity that services get stays below 3 KiB. */
export const maxScopes = 32;

export function isScope(value: unknown): value is string {
  return typeof value === "string" && scopePattern.test(value);
}
