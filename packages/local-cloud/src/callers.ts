import { randomBytes } from "node:crypto";

/** Variables of the gateway alone: what callers' credentials are checked by. */
const gatewayVariables = ["AUTH_MODE", "ALLOWED_HOSTS", "SUPABASE_URL", "SUPABASE_JWT_SECRET", "API_KEYS"];

/** What tasks are told of callers, by whom it concerns. */
export interface CallerVariables {
  readonly gateway: Readonly<Record<string, string>>;
  /** For the gateway too: it signs what the others check. */
  readonly everybody: Readonly<Record<string, string>>;
}

/**
 * Takes from an environment what it says of callers. Nobody is asked who he is unless AUTH_MODE says so; then the
 * services need a secret in common, and one is made where none is given. It lives as long as the cloud that was told.
 */
export function callerVariables(env: Readonly<Record<string, string | undefined>>): CallerVariables {
  const gateway = pick(env, gatewayVariables);
  const isAsked = (gateway["AUTH_MODE"] ?? "none") !== "none";
  const made = isAsked ? { IDENTITY_SECRET: randomBytes(32).toString("hex") } : {};
  return { gateway, everybody: { ...made, ...pick(env, ["IDENTITY_SECRET"]) } };
}

/** Those that are set. An empty one counts as not set, as for the services themselves. */
function pick(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
