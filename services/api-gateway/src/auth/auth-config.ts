/** The variables that say how callers authenticate, and the checks that need more than one of them. */

import type { ProcessConfig } from "@agent-team/grpc-server";
import type { ApiKeys } from "./api-keys.ts";
import { type AuthMode, accepts } from "./auth-mode.ts";
import { isSafeForKeys, PUBLISHED_JWT_SECRET } from "./supabase.ts";

export interface AuthConfig {
  /** How callers authenticate. Default `none`: every caller is the subject `local`. Production refuses `none`. */
  readonly AUTH_MODE: AuthMode;
  /** The Supabase project that issues the access tokens, `https://{project}.supabase.co`. Required with `jwt`. */
  readonly SUPABASE_URL: string | undefined;
  /** The project's legacy secret: with it access tokens are HS256. Default: the keys that the project publishes check them. */
  readonly SUPABASE_JWT_SECRET: string | undefined;
  /** The API keys that are accepted. Required with `api_key`. */
  readonly API_KEYS: ApiKeys | undefined;
}

type Config = AuthConfig & Pick<ProcessConfig, "IDENTITY_SECRET">;

type Requirement = readonly [name: Exclude<keyof Config, "AUTH_MODE">, isRequired: boolean, expected: string];

/** One line for each variable that AUTH_MODE requires and that is not set. */
export function missingVariables({ AUTH_MODE: mode, ...config }: Config): readonly string[] {
  const requirements: readonly Requirement[] = [
    ["SUPABASE_URL", accepts(mode, "jwt"), "the project's URL such as https://your-project.supabase.co"],
    ["API_KEYS", accepts(mode, "api_key"), "what npm run -s agent-team -- api-key SUBJECT makes"],
    ["IDENTITY_SECRET", mode !== "none", "at least 32 bytes, the same for all services (openssl rand -hex 32)"],
  ];
  return requirements
    .filter(([name, isRequired]) => isRequired && config[name] === undefined)
    .map(([name, , expected]) => `${name} is not set: expected ${expected}, with AUTH_MODE=${mode}`);
}

/** One line for each value that is safe only on a developer's machine. */
export function unsafeVariables({ AUTH_MODE: mode, SUPABASE_URL, SUPABASE_JWT_SECRET }: AuthConfig): readonly string[] {
  if (mode === "none")
    return [
      'AUTH_MODE=none: expected jwt, api_key or "jwt,api_key" when ENVIRONMENT=production: none admits every caller',
    ];
  const problems: string[] = [];
  if (SUPABASE_URL !== undefined && !isSafeForKeys(SUPABASE_URL))
    problems.push(`SUPABASE_URL=${SUPABASE_URL}: expected https when ENVIRONMENT=production: keys are fetched there`);
  if (SUPABASE_JWT_SECRET === PUBLISHED_JWT_SECRET)
    problems.push("SUPABASE_JWT_SECRET=[redacted]: expected your project's: this one is Supabase's published example");
  return problems;
}
