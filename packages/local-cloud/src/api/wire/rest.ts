import type { IncomingMessage } from "node:http";
import { ApiError } from "../api-error.ts";
import type { Answer } from "./answer.ts";
import { refused as refusedJson } from "./json.ts";
import { refused as refusedXml } from "./query.ts";

/** AWS services with the protocol REST-XML. Other services with paths have REST-JSON. */
const XML_SERVICES: ReadonlySet<string> = new Set(["cloudfront", "route53", "s3", "s3-control"]);

/**
 * The service of a signed request, from the scope of its signature (Signature Version 4):
 * `Credential=KEY/DATE/REGION/SERVICE/aws4_request`. Undefined for an unsigned request, such as a browser's.
 */
export function signedFor({ headers }: IncomingMessage): string | undefined {
  return /\bCredential=[^/,]*\/\d{8}\/[^/,]*\/([a-z0-9-]+)\/aws4_request\b/.exec(headers.authorization ?? "")?.[1];
}

/**
 * The error for REST services, which the local cloud does not have. It has the format of the service's protocol, so that the
 * client fails at once: a response that it cannot parse it takes for a server failure, and retries.
 */
export function refusedRest(service: string): Answer {
  const error = new ApiError("UnknownOperationException", `The local cloud has no service ${service}.`, 404);
  if (XML_SERVICES.has(service)) return refusedXml(error);
  const answer = refusedJson(error);
  return { ...answer, headers: { "content-type": "application/json", "x-amzn-errortype": error.code } };
}
