import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import { withShortNames } from "./enum-names.ts";

export interface PublicJsonOptions {
  /** Writes empty lists and zeroes, too, so that clients need no defaults. Default false. */
  readonly alwaysEmitImplicit?: boolean | undefined;
}

/** A message as the JSON text of the API: proto3 JSON with proto field names and short names of enum values. */
export function publicJson<Desc extends DescMessage>(
  desc: Desc,
  message: MessageShape<Desc>,
  { alwaysEmitImplicit = false }: PublicJsonOptions = {},
): string {
  return JSON.stringify(withShortNames(desc, toJson(desc, message, { useProtoFieldName: true, alwaysEmitImplicit })));
}
