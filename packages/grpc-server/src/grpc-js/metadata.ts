/** Between the metadata of the program's grpc-js and header fields. */

import { decodeBinaries, isChannelError, Metadata } from "@agent-team/grpc-client";
import type { RequestMetadata } from "../request-metadata.ts";
import type { Field } from "../wire.ts";
import type { GrpcJsMetadata, GrpcJsMetadataClass } from "./types.ts";

const BINARY_SUFFIX = "-bin";

/** Metadata of a request, of the class that the program's grpc-js has. */
export function toGrpcJs(request: RequestMetadata, MetadataClass: GrpcJsMetadataClass): GrpcJsMetadata {
  const metadata = new MetadataClass();
  for (const [name, value] of request.entries()) {
    try {
      for (const each of valuesOf(name, value)) metadata.add(name, each);
    } catch {
      // A client may send what a `Metadata` of grpc-js refuses. grpc-js's own server leaves such an entry out, too.
    }
  }
  return metadata;
}

function valuesOf(name: string, value: string): readonly (string | Buffer)[] {
  if (!name.endsWith(BINARY_SUFFIX)) return [value];
  return decodeBinaries(value).map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
}

/**
 * Headers or trailers of a handler.
 * @throws Error that names the entry which gRPC cannot carry, or the size of metadata above 60 KiB
 */
export function toFields(metadata: GrpcJsMetadata | null | undefined): readonly Field[] {
  if (metadata === null || metadata === undefined) return [];
  const fields: Field[] = [];
  Metadata.from(entriesOf(metadata)).forEach((name, value) => fields.push([name, value]));
  return fields;
}

function entriesOf(metadata: GrpcJsMetadata): [name: string, value: string][] {
  return Object.entries(metadata.toHttp2Headers()).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value): [string, string] => [name, value as string]),
  );
}

/** What `toFields` threw, in one line. */
export function reasonOf(error: unknown): string {
  if (isChannelError(error)) return error.rawMessage;
  return error instanceof Error ? error.message : String(error);
}

/**
 * The class `Metadata` of the grpc-js that is installed beside this package.
 * @throws Error when none is installed
 */
export function installedMetadataClass(): GrpcJsMetadataClass {
  const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  try {
    return (require("@grpc/grpc-js") as { readonly Metadata: GrpcJsMetadataClass }).Metadata;
  } catch (cause) {
    const expected =
      "install @grpc/grpc-js, of which handlers get their `Metadata`, or pass the class as the option `Metadata`";
    throw new Error(`@grpc/grpc-js cannot be loaded: ${expected}`, { cause });
  }
}
