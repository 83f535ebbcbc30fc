import { type DescMessage, type MessageShape, toJsonString } from "@bufbuild/protobuf";

export interface JsonResponseOptions {
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A message as proto3 JSON with proto field names. Empty lists and zeroes are written, so that clients need no defaults. */
export function jsonResponse<Desc extends DescMessage>(
  desc: Desc,
  message: MessageShape<Desc>,
  { status = 200, headers }: JsonResponseOptions = {},
): Response {
  const body = toJsonString(desc, message, { useProtoFieldName: true, alwaysEmitImplicit: true });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}
