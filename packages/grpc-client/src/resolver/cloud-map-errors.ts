/** What went wrong between us and Cloud Map, in words that also say what to do. Comes in: whatever the SDK threw. */

import { oneLine } from "../one-line.ts";

/** AWS's own names. Kept in the line in brackets, because that is what people look for. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ...named("throttled: the account's limit in this region is used up", [
    "RequestLimitExceeded",
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
  ]),
  ...named(
    "not allowed: the role needs servicediscovery:DiscoverInstances and servicediscovery:DiscoverInstancesRevision",
    ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"],
  ),
  ...named("there is no such namespace here: check its name, and AWS_REGION", ["NamespaceNotFound"]),
  ...named("the namespace has no such service: check its name", ["ServiceNotFound"]),
  ...named("the credentials are refused: check the role or the keys, and this machine's clock", [
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
  ]),
  ...named("there are no credentials: give the task a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", [
    "CredentialsProviderError",
  ]),
]);

/** What a socket says of a connection that the peer has given up. */
const STALE: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/** One line. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const remedy = REMEDIES.get(error.name);
  if (remedy !== undefined) return `${remedy} (${error.name})`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND")
    return "needs a package that is not here: npm install @aws-sdk/client-servicediscovery";
  if (error.message === "Region is missing") return "there is no region: set AWS_REGION";
  if (code === "ENOTFOUND" && error.message.includes(" data-")) {
    return `${oneLine(error.message)}: where hosts have no data- before them, set AWS_DISABLE_HOST_PREFIX_INJECTION=true`;
  }
  // JSON that is none, fields of other types: the SDK does not name these errors, JavaScript does.
  const isMalformed = error instanceof SyntaxError || error instanceof TypeError;
  const status = statusOf(error);
  if (status !== undefined && status >= 500) {
    return `the service failed (${isMalformed ? "" : `${oneLine(error.name)}, `}HTTP ${status})`;
  }
  if (isMalformed) return "the answer is malformed";
  // With a status it is the service's own word, without one a socket's. One that tried several addresses has no message.
  return oneLine(status === undefined ? error.message || String(code) : `${error.name}: ${error.message}`);
}

export function connectionWasStale(error: unknown): boolean {
  return STALE.has((error as NodeJS.ErrnoException | null)?.code);
}

function named(remedy: string, names: readonly string[]): readonly (readonly [string, string])[] {
  return names.map((name) => [name, remedy] as const);
}

/** HTTP's, which the SDK leaves beside its errors. */
function statusOf(error: Error): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
