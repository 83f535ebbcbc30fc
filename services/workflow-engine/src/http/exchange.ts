import type { LookupAddress } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { NodeFailure } from "../run/node-failure.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Ours: what the body is, and the key by which a server recognises a repeat. */
  readonly headers: Readonly<Record<string, string>>;
  /** The workflow's, which win over ours. Any of them may be a credential for the first origin. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  /** Whether `ownHeaders` go along when a redirect leads to another origin. */
  readonly forwardsOwnHeaders: boolean;
  readonly body: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; several values of one name are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Largest response body. Four times what a node may give on, so that a transformation has something to cut from. */
const maxResponseBytes = 1024 * 1024;

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
  { method, url, headers, ownHeaders, body }: HttpRequest,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = start(url, {
      method,
      signal,
      agent: false, // a connection that is kept would be one whose address nobody checks again
      lookup: answerWith(addresses),
      headers: {
        "user-agent": "agent-team-workflow-engine",
        accept: "*/*",
        ...headers,
        ...ownHeaders,
        "accept-encoding": "identity", // what is compressed could grow past any limit
        ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      },
    });
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** Name resolution with the answer in hand; the URL keeps its name, for the Host header and the certificate. */
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
    // Leaving the loop destroys the message and its connection: the rest is never read.
    if (bytes > maxResponseBytes) {
      throw new NodeFailure("RESPONSE_TOO_LARGE", `the response has more than ${maxResponseBytes} bytes`);
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
