/** The metadata of a request: the fields that HTTP/2 carried, less those of the protocol. */

import type { Field } from "./wire.ts";

/** Fields of gRPC's protocol, which are not metadata. */
const PROTOCOL_FIELDS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "content-length",
  "content-type",
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-timeout",
  "host",
  "te",
]);

const BINARY_SUFFIX = "-bin";

export class RequestMetadata {
  readonly #fields: readonly Field[];

  /** `fields`: all of the request but pseudo-header fields. */
  constructor(fields: readonly Field[]) {
    this.#fields = fields;
  }

  /** The values of `name`, in their order, as they came. */
  get(name: string): readonly string[] {
    const values: string[] = [];
    for (const [each, value] of this.#fields) if (each === name) values.push(value);
    return values;
  }

  /** The fields that are metadata, as they came. */
  entries(): readonly Field[] {
    return this.#fields.filter(([name]) => !PROTOCOL_FIELDS.has(name));
  }

  /** As Connect's handlers get them: bytes in base64 with padding, several values of one name joined by a comma. */
  toHeaders(): Headers {
    const headers = new Headers();
    for (const [name, value] of this.entries()) {
      if (!name.endsWith(BINARY_SUFFIX)) headers.append(name, value);
      else for (const part of value.split(",")) headers.append(name, padded(part));
    }
    return headers;
  }
}

/** "Implementations MUST accept padded and un-padded values": base64 either way, as handlers read it. */
function padded(base64: string): string {
  return Buffer.from(base64, "base64").toString("base64");
}
