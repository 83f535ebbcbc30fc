import { z } from "zod";

/** The credentials that are accepted. With `none`, every caller is the subject `local`. */
const AUTH_MODES = ["none", "jwt", "api_key", "jwt,api_key"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

export type CredentialKind = "jwt" | "api_key";

/** The variable AUTH_MODE. */
export function authMode(): z.ZodType<AuthMode> {
  return z.enum(AUTH_MODES, 'expected none, jwt, api_key or "jwt,api_key"').default("none");
}

export function accepts(mode: AuthMode, kind: CredentialKind): boolean {
  return mode === kind || mode === "jwt,api_key";
}
