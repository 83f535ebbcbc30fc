import { Metadata } from "@grpc/grpc-js";

// gRPC metadata is text, or bytes under a key that ends in `-bin`; Connect's handlers see both as `Headers`, bytes in
// base64, several values of one key joined by a comma.

const binarySuffix = "-bin";

/** Keys that belong to the protocol: a handler can neither set them nor pass on those of a call that it made itself. */
const protocolKey = /^(grpc-.*|:.*|content-type|content-length|content-encoding|te|connection|transfer-encoding|host)$/;

/** What the client sent, for a handler. */
export function toHeaders(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const key of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(key)) {
      headers.append(key, typeof value === "string" ? value : value.toString("base64"));
    }
  }
  return headers;
}

/** What a handler set, if anything, for the wire; the protocol's own keys are left out. */
export function toMetadata(headers: Headers | undefined): Metadata {
  const metadata = new Metadata();
  addHeaders(metadata, headers);
  return metadata;
}

/** Adds `headers`, if any, to `metadata`; the protocol's own keys are left out. */
export function addHeaders(metadata: Metadata, headers: Headers | undefined): void {
  headers?.forEach((value, key) => {
    if (protocolKey.test(key)) return;
    if (!key.endsWith(binarySuffix)) return metadata.add(key, value);
    for (const part of value.split(",")) metadata.add(key, Buffer.from(part.trim(), "base64"));
  });
}
