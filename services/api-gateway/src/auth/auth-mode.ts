import { z } from "zod";

/** How callers may prove who they are. `none` asks nobody. */
const authModes = ["none", "jwt", "api_key", "jwt,api_key"] as const;
export type AuthMode = (typeof authModes)[number];

export type CredentialKind = "jwt" | "api_key";

/** The variable AUTH_MODE. */
export function authMode(): z.ZodType<AuthMode> {
  return z.enum(authModes, 'expected none, jwt, api_key or "jwt,api_key"').default("none");
}

export function accepts(mode: AuthMode, kind: CredentialKind): boolean {
  return mode === kind || mode === "jwt,api_key";
}
