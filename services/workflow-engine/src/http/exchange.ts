import type { LookupAddress } from "node:dns";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { HttpRequest, HttpResponse } from "../http-sender.ts";
import { NodeFailure } from "../node-failure.ts";

/** Largest response body: four times the largest output of a node, so that an expression can pick a part of it. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/** One request and its whole response, over a connection of its own to one of `addresses`. */
export async function exchange(
  request: HttpRequest,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<HttpResponse> {
  try {
    const message = await responseTo(request, addresses, signal);
    const body = await readBody(message);
    return { status: message.statusCode ?? 0, headers: flatten(message), body };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NodeFailure) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new NodeFailure("CONNECTION_FAILED", `${request.url.origin}: ${why}`, { retryable: true, cause: error });
  }
}

function responseTo(
  request: HttpRequest,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method, url, body } = request;
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  const options: RequestOptions = {
    method,
    signal,
    agent: false, // the address of a kept connection would not be checked again
    lookup: answerWith(addresses),
    headers: headersOf(request),
  };
  return new Promise((resolve, reject) => {
    start(url, options).once("response", resolve).once("error", reject).end(body);
  });
}

function headersOf({ headers, ownHeaders, body }: HttpRequest): Record<string, string> {
  return {
    "user-agent": "agent-team-workflow-engine",
    accept: "*/*",
    ...headers,
    ...ownHeaders,
    "accept-encoding": "identity", // an inflated body could be larger than the limit allows
    ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
  };
}

/** A name resolution with a known answer. The URL keeps its name, for the Host header and the certificate. */
function answerWith(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const first = addresses[0];
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family ?? 0);
  };
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    // Leaving the loop destroys the message and its connection: the rest is not read.
    if (bytes > MAX_RESPONSE_BYTES) {
      throw new NodeFailure("RESPONSE_TOO_LARGE", `the response has more than ${MAX_RESPONSE_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatten({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
