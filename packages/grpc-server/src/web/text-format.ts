/**
 * `application/grpc-web-text`: gRPC-Web in base64, for browsers without binary responses. In: bodies. Out: the same bodies, decoded or
 * encoded. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 *
 * "The server MAY … base64 encode each segment", so padding can stand in the middle: each four characters are decoded on their own.
 */

import { Code, ConnectError } from "@connectrpc/connect";
import type { WebRequest, WebResponse } from "../web-request.ts";

const TEXT_TYPE = /^application\/grpc-web-text(?=$|[+;])/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Four characters are three bytes. */
const QUAD_CHARACTERS = 4;

export function isText({ header }: WebRequest): boolean {
  return TEXT_TYPE.test(header.get("content-type") ?? "");
}

/** The same request in binary. */
export function toBinaryRequest(request: WebRequest): WebRequest {
  const header = new Headers(request.header);
  const type = request.header.get("content-type") ?? "";
  header.set("content-type", type.replace(TEXT_TYPE, "application/grpc-web"));
  // It counts the characters.
  header.delete("content-length");
  return { ...request, peerCertificate: () => request.peerCertificate(), header, body: decoded(request.body) };
}

/** The same response in base64. */
export function toTextResponse({ status, header, body }: WebResponse): WebResponse {
  const text = new Headers(header);
  const type = header.get("content-type") ?? "";
  text.set("content-type", type.replace(/^application\/grpc-web(?=$|[+;])/i, "application/grpc-web-text"));
  return { status, header: text, body: body === undefined ? undefined : encoded(body) };
}

/** Each part is a segment with its own padding. */
async function* encoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of body) yield Buffer.from(Buffer.from(part).toString("base64"), "latin1");
}

async function* decoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = "";
  for await (const part of body) {
    const text = rest + Buffer.from(part).toString("latin1");
    const end = text.length - (text.length % QUAD_CHARACTERS);
    rest = text.slice(end);
    yield decodeQuads(text.slice(0, end));
  }
  if (rest !== "") throw malformed();
}

function decodeQuads(text: string): Uint8Array {
  // Behind each padding another segment begins.
  const segments = text.match(/[^=]+={0,2}|=+/g) ?? [];
  if (!segments.every((segment) => segment.length % QUAD_CHARACTERS === 0 && BASE64.test(segment))) throw malformed();
  return Buffer.concat(segments.map((segment) => Buffer.from(segment, "base64")));
}

function malformed(): ConnectError {
  return new ConnectError("the body is not base64, as application/grpc-web-text requires", Code.InvalidArgument);
}
