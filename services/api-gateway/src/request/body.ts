/**
 * Reads the body of a request. In: a request. Out: a JSON object, or a RequestError 413, 415 or 400 with the position of
 * the fault. It stops reading at the size limit, whatever length the request declares.
 */

import type { JsonValue } from "@bufbuild/protobuf";
import { invalidFields, RequestError } from "../request-error.ts";
import { describePosition, findSyntaxFault } from "./json-syntax.ts";

/** The largest body, in bytes: twice the largest workflow (256 KiB), for escapes and white space. */
const MAX_BODY_BYTES: number = 512 * 1024;

export type JsonObject = { readonly [name: string]: JsonValue };

/** @throws RequestError */
export async function readJsonObject(request: Request): Promise<JsonObject> {
  const value = await readJson(request);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalidFields([{ field: "", description: "expected the body to be a JSON object" }]);
}

/** As `readJsonObject`; `{}` when there is no body. */
export async function readOptionalJsonObject(request: Request): Promise<JsonObject> {
  const { headers } = request;
  // RFC 9112 6.3: a request with neither field has no body.
  const hasBody = headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0;
  return hasBody ? await readJsonObject(request) : {};
}

async function readJson(request: Request): Promise<JsonValue> {
  requireJson(request.headers);
  const text = decode(await readBytes(request));
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new RequestError("MALFORMED_BODY", describeFault(text), { cause: error });
  }
}

function requireJson(headers: Headers): void {
  const type = headers.get("content-type");
  if (!isJson(type))
    throw unsupported(`content-type: application/json, got ${type ?? "none"}`, { "accept-post": "application/json" });
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw unsupported(`a body without content-encoding, got ${encoding}`, { "accept-encoding": "identity" });
}

function isJson(contentType: string | null): boolean {
  const [type, ...parameters] = (contentType ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  return type === "application/json" && (charset === undefined || charset.replaceAll('"', "") === "utf-8");
}

function unsupported(expected: string, headers: Readonly<Record<string, string>>): RequestError {
  return new RequestError("UNSUPPORTED_MEDIA_TYPE", `expected ${expected.slice(0, 200)}`, { headers });
}

/** The body as it was sent. @throws RequestError 413 */
export async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function tooLarge(): RequestError {
  return new RequestError("BODY_TOO_LARGE", `expected a body of at most ${MAX_BODY_BYTES} bytes`);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RequestError("MALFORMED_BODY", "expected the body to be UTF-8", { cause: error });
  }
}

function describeFault(text: string): string {
  const fault = findSyntaxFault(text);
  if (fault === undefined) return "expected JSON";
  const found = text.codePointAt(fault.offset);
  const got = found === undefined ? "the end" : JSON.stringify(String.fromCodePoint(found));
  return `malformed JSON at ${describePosition(text, fault.offset)}: expected ${fault.expected}, got ${got}`;
}
