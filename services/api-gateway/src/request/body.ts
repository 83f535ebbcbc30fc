import type { JsonValue } from "@bufbuild/protobuf";
import { invalidFields, RequestError } from "../request-error.ts";
import { describePosition, findSyntaxFault } from "./json-syntax.ts";

/** The largest body that is read, in bytes: twice the largest workflow (256 KiB), for escapes and white space. */
const maxBodyBytes: number = 512 * 1024;

export type JsonObject = { readonly [name: string]: JsonValue };

/**
 * Reads a JSON object. It stops reading where the limit is passed, and never trusts the declared length alone.
 * @throws RequestError 413, 415, or 400 with the position
 */
export async function readJsonObject(request: Request): Promise<JsonObject> {
  const value = await readJson(request);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalidFields([{ field: "", description: "expected the body to be a JSON object" }]);
}

/** As `readJsonObject`, but no body at all counts as `{}`. */
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
  const encoding = headers.get("content-encoding") ?? "identity";
  if (!isJson(type)) {
    const got = type === null ? "none" : type.slice(0, 100);
    throw new RequestError("UNSUPPORTED_MEDIA_TYPE", `expected content-type: application/json, got ${got}`, {
      headers: { "accept-post": "application/json" },
    });
  }
  if (encoding.toLowerCase() !== "identity") {
    throw new RequestError(
      "UNSUPPORTED_MEDIA_TYPE",
      `expected a body without content-encoding, got ${encoding.slice(0, 100)}`,
      {
        headers: { "accept-encoding": "identity" },
      },
    );
  }
}

function isJson(contentType: string | null): boolean {
  const [type, ...parameters] = (contentType ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  return type === "application/json" && (charset === undefined || charset.replaceAll('"', "") === "utf-8");
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function tooLarge(): RequestError {
  return new RequestError("BODY_TOO_LARGE", `expected a body of at most ${maxBodyBytes} bytes`);
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
