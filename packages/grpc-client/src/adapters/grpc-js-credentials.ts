/** Credentials of calls: metadata, such as a token, that is made when a call starts. */

import { ChannelError } from "../errors.ts";
import { Status, type StatusCode } from "../status.ts";
import type { GrpcJsCallCredentials, GrpcJsChannelCredentials, GrpcJsMetadata } from "./grpc-js-types.ts";

/**
 * Codes that credentials must not end a call with, since they describe the call itself. gRFC A54: "If a status is received with one
 * of these codes, it is replaced with INTERNAL".
 */
const NOT_OF_A_PLUGIN: ReadonlySet<number> = new Set([
  Status.ok,
  Status.invalidArgument,
  Status.notFound,
  Status.alreadyExists,
  Status.failedPrecondition,
  Status.aborted,
  Status.outOfRange,
  Status.dataLoss,
]);

/**
 * The metadata of all `credentials` for a call of `path`.
 * @throws ChannelError with the code that credentials have rejected with, where it is one; else `unknown`.
 */
export async function generateMetadata(
  credentials: readonly GrpcJsCallCredentials[],
  path: string,
  authority: string,
): Promise<readonly GrpcJsMetadata[]> {
  const options = { method_name: path, service_url: serviceUrl(path, authority) };
  try {
    return await Promise.all(credentials.map((each) => each.generateMetadata(options)));
  } catch (cause) {
    throw failure(cause);
  }
}

/**
 * The credentials of calls that have been combined with those of a channel. grpc-js keeps them in a member of the same name in each
 * version, and has no method for them that all versions have.
 */
export function callCredentialsOf(credentials: GrpcJsChannelCredentials): GrpcJsCallCredentials | undefined {
  const { callCredentials } = credentials as { readonly callCredentials?: Partial<GrpcJsCallCredentials> };
  return typeof callCredentials?.generateMetadata === "function"
    ? (callCredentials as GrpcJsCallCredentials)
    : undefined;
}

/** As grpc-js writes it, without the port: `https://host/package.Service`. It is the audience of signed tokens. */
function serviceUrl(path: string, authority: string): string {
  return `https://${authority.replace(/:\d+$/, "")}/${path.split("/")[1] ?? ""}`;
}

function failure(cause: unknown): ChannelError {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const details = `the call's credentials failed: ${typeof message === "string" ? message : String(cause)}`;
  const isCode = typeof code === "number" && CODES.has(code);
  const status = !isCode ? Status.unknown : NOT_OF_A_PLUGIN.has(code) ? Status.internal : (code as StatusCode);
  return new ChannelError(status, details, { cause });
}

const CODES: ReadonlySet<number> = new Set(Object.values(Status));
