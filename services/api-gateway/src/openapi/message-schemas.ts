import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWellKnown, shortName } from "../enum-names.ts";
import type { JsonSchema, MessagePart } from "./operation.ts";

/** The JSON forms of google.protobuf's types. A Value is anything. */
const WELL_KNOWN: Readonly<Record<string, JsonSchema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?\\d+(\\.\\d+)?s$", examples: ["1.5s"] },
  "google.protobuf.Struct": { type: "object" },
  "google.protobuf.ListValue": { type: "array" },
  "google.protobuf.Value": {},
};

/** Of the scalars whose JSON is no number. 64 bits do not fit into a number of JSON. */
const SCALARS: Readonly<Partial<Record<ScalarType, JsonSchema>>> = {
  [ScalarType.STRING]: { type: "string" },
  [ScalarType.BOOL]: { type: "boolean" },
  [ScalarType.BYTES]: { type: "string", contentEncoding: "base64" },
  [ScalarType.DOUBLE]: { type: "number" },
  [ScalarType.FLOAT]: { type: "number" },
  [ScalarType.INT64]: { type: "string", pattern: "^-?\\d+$" },
  [ScalarType.UINT64]: { type: "string", pattern: "^\\d+$" },
};

/**
 * The schemas of messages, as `publicJson` writes them. In: a message type. Out: a reference to its schema, which then is among the
 * `components`, with those of its fields. The cases of a oneof are optional fields: generators of clients read nothing else well.
 */
export class MessageSchemas {
  readonly components: Record<string, JsonSchema> = {};

  of(desc: DescMessage): JsonSchema {
    const known = WELL_KNOWN[desc.typeName];
    if (known !== undefined || isWellKnown(desc)) return known ?? { type: "object" };
    return this.#component(desc.name, () => this.#object(desc));
  }

  /** Where it is used, without some fields. */
  part({ message, without }: MessagePart): JsonSchema {
    return this.#object(message, without);
  }

  #object({ fields }: DescMessage, without: readonly string[] = []): JsonSchema {
    const kept = fields.filter(({ name }) => !without.includes(name));
    const properties = Object.fromEntries(kept.map((field) => [field.name, this.#field(field)]));
    return { type: "object", properties };
  }

  #field(field: DescField): JsonSchema {
    if (field.fieldKind === "list") return { type: "array", items: this.#value(field) };
    if (field.fieldKind === "map") return { type: "object", additionalProperties: this.#value(field) };
    return this.#value(field);
  }

  #value({ message, enum: type, scalar }: DescField): JsonSchema {
    if (message !== undefined) return this.of(message);
    if (type !== undefined) return this.#component(type.name, () => enumSchema(type));
    return (scalar && SCALARS[scalar]) ?? { type: "integer" };
  }

  #component(name: string, schema: () => JsonSchema): JsonSchema {
    if (!(name in this.components)) {
      this.components[name] = {}; // a field may have the type that it is in
      this.components[name] = schema();
    }
    return { $ref: `#/components/schemas/${name}` };
  }
}

function enumSchema(desc: DescEnum): JsonSchema {
  return { type: "string", enum: desc.values.map(({ name }) => shortName(desc, name)) };
}
