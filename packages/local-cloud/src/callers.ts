import { randomBytes } from "node:crypto";

/** Variables for the gateway alone, which checks the callers' credentials and limits. */
const GATEWAY_VARIABLES = [
  "AUTH_MODE",
  "ALLOWED_HOSTS",
  "CORS_ORIGINS",
  "SUPABASE_URL",
  "SUPABASE_JWT_SECRET",
  "API_KEYS",
  "REQUESTS_PER_MINUTE",
  "MESSAGES_PER_MINUTE",
  "STREAMS_PER_SUBJECT",
  "TRUSTED_HOPS",
];

/** Variables about callers: who they are, and what each may do. */
export interface CallerVariables {
  readonly gateway: Readonly<Record<string, string>>;
  /** For all services, the gateway included: it signs identities, and the others verify them. */
  readonly allServices: Readonly<Record<string, string>>;
}

/**
 * Reads the variables about callers from an environment. Callers need no credentials unless AUTH_MODE is set to another value
 * than `none`. Then the services share IDENTITY_SECRET: the given one, or a random one that is valid as long as the cloud runs.
 */
export function callerVariables(env: Readonly<Record<string, string | undefined>>): CallerVariables {
  const gateway = pick(env, GATEWAY_VARIABLES);
  const isAuthenticated = (gateway["AUTH_MODE"] ?? "none") !== "none";
  const generated = isAuthenticated ? { IDENTITY_SECRET: randomBytes(32).toString("hex") } : {};
  return { gateway, allServices: { ...generated, ...pick(env, ["IDENTITY_SECRET"]) } };
}

/** The named variables that are set. An empty value counts as not set, as in the services. */
function pick(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
