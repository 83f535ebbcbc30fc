import { LOCAL_SUBJECT } from "@agent-team/grpc-server";
import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** The authenticated client of a request. */
export interface Caller {
  /** The `sub` of an access token, or the subject of an API key. It owns everything that the caller creates. */
  readonly subject: string;
  readonly scopes: readonly string[];
}

/** The scope that `GET /v1/discovery` requires. */
export const ADMIN_SCOPE = "admin";

/** The caller of every request with `AUTH_MODE=none`. It has every scope. */
export const LOCAL_CALLER: Caller = { subject: LOCAL_SUBJECT, scopes: [ADMIN_SCOPE] };

/** The caller of every webhook: it owns nothing, and the engine admits its calls by their tokens. */
export const HOOK_CALLER: Caller = { subject: "webhook", scopes: [] };

/** The caller, in the context values of a call to a service. It has no default, so a call without a caller is an error. */
export const callerKey: ContextKey<Caller | undefined> = createContextKey<Caller | undefined>(undefined, {
  description: "the caller that this call is made for",
});

/** RFC 6749 3.3 lets a scope be any printable text; ours are lower-case words. */
const SCOPE = /^[a-z][a-z0-9._-]{0,63}$/;

/** The most scopes of one caller: 32 words of 64 characters keep the signed identity below 3 KiB. */
export const MAX_SCOPES = 32;

export function isScope(value: unknown): value is string {
  return typeof value === "string" && SCOPE.test(value);
}
