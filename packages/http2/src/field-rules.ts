/** What RFC 9113 8.2 and 8.3 require of the header blocks of requests and responses. Quotes are from RFC 9113. */

import type { HeaderField } from "./hpack/header-field.ts";
import { Http2Error, protocolError } from "./http2-error.ts";

/** 8.2.1: a name has none of "0x00-0x20, 0x41-0x5a, or 0x7f-0xff"; with RFC 9110 5.1 it is a token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** 8.2.1: a value "MUST NOT contain the zero value, line feed or carriage return, and MUST NOT start or end with" a space or a tab. */
const BAD_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;

/** 8.3.2: `:status` "carries the HTTP status code field"; RFC 9110 15: three digits. */
const STATUS = /^[1-9]\d\d$/;

const CONTENT_LENGTH = /^\d{1,15}$/;

/** What a response's header block says to HTTP/2. */
export interface ResponseHead {
  readonly status: number;
  readonly contentLength: number | undefined;
}

/** The head of a response, or how its header block is malformed. 8.1.1: malformed is "a stream error of type PROTOCOL_ERROR". */
export function readResponseHead(fields: readonly HeaderField[]): ResponseHead | Http2Error {
  const [first, ...more] = fields;
  // 8.3: "All pseudo-header fields MUST appear in a field block before all regular field lines"; a response has one, 8.3.2.
  if (first === undefined || first[0] !== ":status" || !STATUS.test(first[1]))
    return protocolError("a response that does not begin with :status");
  const status = Number(first[1]);
  // 8.6: "HTTP/2 removes support for the 101 (Switching Protocols) informational status code".
  if (status === 101) return protocolError("a response with status 101");
  const malformed = checkRegularFields(more);
  if (malformed !== undefined) return malformed;
  const contentLength = readContentLength(more);
  return contentLength instanceof Http2Error ? contentLength : { status, contentLength };
}

/** RFC 9110 8.6: several equal values count as one. Undefined without any. */
export function readContentLength(fields: readonly HeaderField[]): number | undefined | Http2Error {
  let length: string | undefined;
  for (const [name, value] of fields) {
    if (name !== "content-length") continue;
    if (!CONTENT_LENGTH.test(value) || (length ?? value) !== value)
      return protocolError("a content-length that is no number");
    length = value;
  }
  return length === undefined ? undefined : Number(length);
}

/** How fields that may not have pseudo-header fields among them, such as trailers, are malformed; undefined for well-formed ones. */
export function checkRegularFields(fields: readonly HeaderField[]): Http2Error | undefined {
  for (const [name, value] of fields) {
    // The value stays out of the message: it may be a secret.
    if (!NAME.test(name)) return protocolError(`a field with the name ${JSON.stringify(name)}`);
    if (BAD_VALUE.test(value)) return protocolError(`a field ${name} with a forbidden character`);
    if (isConnectionField(name, value)) return protocolError(`a field ${name}, which belongs to one connection`);
  }
  return undefined;
}

/** 8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields." */
function isConnectionField(name: string, value: string): boolean {
  switch (name) {
    case "connection":
    case "keep-alive":
    case "proxy-connection":
    case "transfer-encoding":
    case "upgrade":
      return true;
    case "te":
      return value !== "trailers";
    default:
      return false;
  }
}
