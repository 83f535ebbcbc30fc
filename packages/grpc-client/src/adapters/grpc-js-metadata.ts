/** Between the metadata of the caller's grpc-js and the channel's. */

import { decodeBinary, isBinaryName, Metadata } from "../metadata.ts";
import type { GrpcJsMetadata, GrpcJsMetadataClass } from "./grpc-js-types.ts";

/**
 * Metadata that a stub sends.
 * @throws ChannelError `invalid_argument`, naming the entry that gRPC cannot carry; `resource_exhausted` for too many of them.
 */
export function fromGrpcJs(metadata: GrpcJsMetadata, added: readonly GrpcJsMetadata[] = []): Metadata {
  const entries = entriesOf(metadata);
  for (const each of added) entries.push(...entriesOf(each));
  return entries.length === 0 ? Metadata.empty : Metadata.from(entries);
}

function entriesOf(metadata: GrpcJsMetadata): [name: string, value: string][] {
  const headers = metadata.toHttp2Headers();
  const entries: [string, string][] = [];
  for (const name in headers) {
    const values = headers[name];
    if (Array.isArray(values)) for (const value of values) entries.push([name, value as string]);
    else entries.push([name, values as string]);
  }
  return entries;
}

/** Metadata that a stub receives, of the class that its grpc-js has. */
export function toGrpcJs(metadata: Metadata, MetadataClass: GrpcJsMetadataClass): GrpcJsMetadata {
  const converted = new MetadataClass();
  metadata.forEach((name, value) => {
    try {
      converted.add(name, isBinaryName(name) ? bytesOf(value) : value);
    } catch {
      // A server may send what a `Metadata` of grpc-js refuses. grpc-js's own channel leaves such an entry out, too.
    }
  });
  return converted;
}

/** @throws ChannelError for text that is not base64 */
function bytesOf(value: string): Buffer {
  const { buffer, byteOffset, byteLength } = decodeBinary(value);
  return Buffer.from(buffer, byteOffset, byteLength);
}
