/** What RFC 9113 8.3.1 requires of the header block of a request. Quotes are from RFC 9113. */

import { checkRegularFields, readContentLength } from "./field-rules.ts";
import type { HeaderField } from "./hpack/header-field.ts";
import { Http2Error, protocolError } from "./http2-error.ts";

/** A request as far as HTTP/2 reads it. */
export interface RequestHead {
  readonly method: string;
  /** Empty for CONNECT, as `path` is. */
  readonly scheme: string;
  /** `:authority`, or the field `host` without it; empty without both. */
  readonly authority: string;
  readonly path: string;
  /** Those behind the pseudo-header fields, in their order. */
  readonly fields: readonly HeaderField[];
  readonly contentLength: number | undefined;
}

/** RFC 9110 9.1 and 5.6.2: a method is a token. */
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** 8.3.1: `:path` "MUST NOT be empty for http or https URIs", and begins with "/", or is "*" for OPTIONS. No spaces, no control characters. */
const PATH = /^(?:\/[\x21-\x7e\x80-\xff]*|\*)$/;

/** RFC 3986 3.1. */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;

/** 8.3.1: "`:authority` MUST NOT include the deprecated userinfo subcomponent". */
const AUTHORITY = /^[\x21-\x3f\x41-\x7e]*$/;

interface PseudoFields {
  ":method"?: string;
  ":scheme"?: string;
  ":authority"?: string;
  ":path"?: string;
}

const NAMES: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);

/** The head of a request, or how its header block is malformed. 8.1.1: malformed is "a stream error of type PROTOCOL_ERROR". */
export function readRequestHead(fields: readonly HeaderField[]): RequestHead | Http2Error {
  const pseudo: PseudoFields = {};
  let count = 0;
  for (const [name, value] of fields) {
    if (!name.startsWith(":")) break;
    // 8.3: "Endpoints MUST treat a request or response that contains undefined or invalid pseudo-header fields as malformed", and "The same
    // pseudo-header field name MUST NOT appear more than once in a field block."
    if (!NAMES.has(name)) return protocolError(`a request with the pseudo-header field ${JSON.stringify(name)}`);
    if (Object.hasOwn(pseudo, name)) return protocolError(`a request with ${name} twice`);
    pseudo[name as keyof PseudoFields] = value;
    count++;
  }
  // 8.3: "All pseudo-header fields MUST appear in a field block before all regular field lines": a later one has a name that is no token.
  const regular = fields.slice(count);
  return checkPseudoFields(pseudo) ?? checkRegularFields(regular) ?? headOf(pseudo, regular);
}

function checkPseudoFields(pseudo: PseudoFields): Http2Error | undefined {
  const { ":method": method, ":scheme": scheme, ":path": path, ":authority": authority } = pseudo;
  if (method === undefined || !METHOD.test(method)) return protocolError("a request without a :method");
  if (authority !== undefined && !AUTHORITY.test(authority)) return protocolError("a request with a wrong :authority");
  // 8.5: with CONNECT "The :scheme and :path pseudo-header fields MUST be omitted."
  if (method === "CONNECT") {
    const isRight = scheme === undefined && path === undefined && authority !== undefined && authority !== "";
    return isRight ? undefined : protocolError("CONNECT with :scheme or :path, or without :authority");
  }
  if (scheme === undefined || !SCHEME.test(scheme)) return protocolError("a request without a :scheme");
  if (path === undefined || !PATH.test(path)) return protocolError("a request without a :path");
  return undefined;
}

function headOf(pseudo: PseudoFields, fields: readonly HeaderField[]): RequestHead | Http2Error {
  const contentLength = readContentLength(fields);
  if (contentLength instanceof Http2Error) return contentLength;
  const authority = authorityOf(pseudo[":authority"], fields);
  if (authority instanceof Http2Error) return authority;
  const { ":method": method = "", ":scheme": scheme = "", ":path": path = "" } = pseudo;
  return { method, scheme, authority, path, fields, contentLength };
}

/** 8.3.1: "A server SHOULD treat a request as malformed if it contains a Host header field that identifies an entity that differs". */
function authorityOf(authority: string | undefined, fields: readonly HeaderField[]): string | Http2Error {
  const hosts = fields.filter(([name]) => name === "host");
  const host = hosts[0]?.[1];
  if (host === undefined) return authority ?? "";
  if (hosts.length > 1) return protocolError("a request with two host fields");
  if (authority !== undefined && authority.toLowerCase() !== host.toLowerCase())
    return protocolError("a request whose :authority and host differ");
  return authority ?? host;
}
