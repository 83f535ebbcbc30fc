/** Error texts for Cloud Map. In: what the SDK threw. Out: one line with the cause and, where there is one, the remedy. */

import { oneLine } from "../one-line.ts";

/** By AWS's name of the error. The line keeps the name in brackets, so that a search finds it. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ...named("throttled: the account's request limit in this region is exceeded", [
    "RequestLimitExceeded",
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
  ]),
  ...named(
    "not allowed: the role needs servicediscovery:DiscoverInstances and servicediscovery:DiscoverInstancesRevision",
    ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"],
  ),
  ...named("the namespace does not exist in this account and region: check its name and AWS_REGION", [
    "NamespaceNotFound",
  ]),
  ...named("the namespace does not contain the service: check its name", ["ServiceNotFound"]),
  ...named("AWS refused the credentials: check the role or the keys, and this machine's clock", [
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
  ]),
  ...named("no credentials were found: give the task a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", [
    "CredentialsProviderError",
  ]),
]);

/** Codes of a write to a connection that the peer has closed. */
const STALE_CODES: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const remedy = REMEDIES.get(error.name);
  if (remedy !== undefined) return `${remedy} (${error.name})`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND")
    return "the optional package is not installed: npm install @aws-sdk/client-servicediscovery";
  if (error.message === "Region is missing") return "no region is set: set AWS_REGION";
  if (code === "ENOTFOUND" && error.message.includes(" data-")) {
    return `${oneLine(error.message)}: if the endpoint's host has no data- prefix, set AWS_DISABLE_HOST_PREFIX_INJECTION=true`;
  }
  // The SDK passes on JavaScript's own errors for a body that is not JSON and for fields of another type.
  const isMalformed = error instanceof SyntaxError || error instanceof TypeError;
  const status = statusOf(error);
  if (status !== undefined && status >= 500) {
    return `the service failed (${isMalformed ? "" : `${oneLine(error.name)}, `}HTTP ${status})`;
  }
  if (isMalformed) return "the answer is malformed";
  // An error with a status comes from the service, one without from a socket. An AggregateError has a code and no message.
  return oneLine(status === undefined ? error.message || String(code) : `${error.name}: ${error.message}`);
}

export function connectionWasStale(error: unknown): boolean {
  return STALE_CODES.has((error as NodeJS.ErrnoException | null)?.code);
}

function named(remedy: string, names: readonly string[]): readonly (readonly [string, string])[] {
  return names.map((name) => [name, remedy] as const);
}

/** The HTTP status, which the SDK attaches to its errors. */
function statusOf(error: Error): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
