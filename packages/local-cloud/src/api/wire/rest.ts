import type { IncomingMessage } from "node:http";
import { ApiError } from "../api-error.ts";
import type { Answer } from "./answer.ts";
import { refused as refusedJson } from "./json.ts";
import { refused as refusedXml } from "./query.ts";

/** Services of AWS that are asked by paths and answer in XML; the others with paths answer in JSON. */
const XML_SERVICES: ReadonlySet<string> = new Set(["cloudfront", "route53", "s3", "s3-control"]);

/**
 * The service that an AWS client means, by the scope of its signature: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`
 * (Signature Version 4). Undefined for a request without one, such as a browser's.
 */
export function signedFor({ headers }: IncomingMessage): string | undefined {
  return /\bCredential=[^/,]*\/\d{8}\/[^/,]*\/([a-z0-9-]+)\/aws4_request\b/.exec(headers.authorization ?? "")?.[1];
}

/**
 * For services that are asked by paths, of which there are none here. A client reads the error in its service's own form,
 * and fails at once: what it cannot read it takes for a failure of the server, and repeats.
 */
export function refusedRest(service: string): Answer {
  const error = new ApiError("UnknownOperationException", `The local cloud has no service ${service}.`, 404);
  if (XML_SERVICES.has(service)) return refusedXml(error);
  const answer = refusedJson(error);
  return { ...answer, headers: { "content-type": "application/json", "x-amzn-errortype": error.code } };
}
