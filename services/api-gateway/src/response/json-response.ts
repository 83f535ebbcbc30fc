import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { publicJson } from "../public-json.ts";

export interface JsonResponseOptions {
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A message as JSON. Empty lists and zeroes are written, so that clients need no defaults. */
export function jsonResponse<Desc extends DescMessage>(
  desc: Desc,
  message: MessageShape<Desc>,
  { status = 200, headers }: JsonResponseOptions = {},
): Response {
  const body = publicJson(desc, message, { alwaysEmitImplicit: true });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}
