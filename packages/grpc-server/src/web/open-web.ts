import { ConfigError } from "../config-error.ts";
import type { AnswerWeb, Protocol } from "../web-request.ts";
import { type AnswerWebInit, createAnswerWeb } from "./answer-web.ts";
import { readOrigins } from "./cors.ts";

/** The options of a server that concern browsers. */
export interface WebOptions {
  /** Default `["grpc"]`. */
  readonly protocols?: readonly Protocol[] | undefined;
  /** Default: none. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

const PROTOCOLS: readonly Protocol[] = ["grpc", "grpc-web", "connect"];

/**
 * Gives what answers browsers; undefined when gRPC is the only protocol.
 * @throws ConfigError of one line for options that cannot hold
 */
export function openWeb(
  { protocols = ["grpc"], allowedOrigins = [] }: WebOptions,
  init: Omit<AnswerWebInit, "protocols" | "origins">,
): AnswerWeb | undefined {
  for (const protocol of protocols) if (!PROTOCOLS.includes(protocol)) throw notOneOfThem(protocol);
  if (!protocols.includes("grpc"))
    throw new ConfigError('protocols: expected "grpc" among them, which health checks of the port need');
  const origins = readOrigins(allowedOrigins);
  const web = protocols.filter((protocol) => protocol !== "grpc");
  if (web.length > 0) return createAnswerWeb({ ...init, protocols: web, origins });
  if (origins.size > 0) throw new ConfigError('allowedOrigins: expected "grpc-web" or "connect" in protocols, too');
  return undefined;
}

function notOneOfThem(protocol: string): ConfigError {
  return new ConfigError(`protocols: expected ${PROTOCOLS.join(", ")}, got ${JSON.stringify(protocol)}`);
}
