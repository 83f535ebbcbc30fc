/**
 * Schemas for tests of the encoder. In: dice. Out: the messages of one to three files of any edition, which import each other; their fields
 * have every type, number and presence. Some break rules that a compiler holds.
 */

import type { Random } from "@agent-team/foundation/random";
import { create, createFileRegistry, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AnySchema,
  type DescriptorProtoSchema,
  Edition,
  FeatureSet_FieldPresence,
  FeatureSet_MessageEncoding,
  type FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Type as Kind,
  FieldDescriptorProto_Label as Label,
  StringValueSchema,
  StructSchema,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";

type Plain<T> = Exclude<T, { readonly $typeName: string }>;
type FieldInit = Plain<MessageInitShape<typeof FieldDescriptorProtoSchema>>;
type MessageInit = Plain<MessageInitShape<typeof DescriptorProtoSchema>>;
type FieldTypeInit = Pick<FieldInit, "type" | "typeName">;
type Syntax = "proto2" | "proto3" | "editions";

const WELL_KNOWN_FILES = [TimestampSchema, AnySchema, StructSchema, StringValueSchema].map(({ file }) => file.proto);
const WELL_KNOWN = ["Timestamp", "Any", "Struct", "Value", "ListValue", "StringValue", "BytesValue", "Int64Value"];
const INT64: readonly number[] = [Kind.INT64, Kind.UINT64, Kind.FIXED64, Kind.SFIXED64, Kind.SINT64];
const INT32: readonly number[] = [Kind.INT32, Kind.UINT32, Kind.FIXED32, Kind.SFIXED32, Kind.SINT32];
const KEYS = [...INT64, ...INT32, Kind.BOOL, Kind.STRING];
const SCALARS = [...KEYS, Kind.BYTES, Kind.FLOAT, Kind.DOUBLE];
const MAX_FIELD_NUMBER = 2 ** 29 - 1;

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

export function randomMessages(random: Random): readonly DescMessage[] {
  const files: FileDescriptorProto[] = [];
  for (let left = pick(random, [1, 2, 3]); left > 0; left--) files.push(new RandomFile(random, files, left === 1).file);
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...WELL_KNOWN_FILES, ...files] }));
  return [...registry].filter((type) => type.kind === "message" && type.typeName.startsWith("f")) as DescMessage[];
}

class RandomFile {
  readonly file: FileDescriptorProto;
  readonly #random: Random;
  readonly #syntax: Syntax;
  readonly #messages: readonly string[];
  readonly #enums: readonly string[];
  readonly #breaksRules: boolean;

  constructor(random: Random, imported: readonly FileDescriptorProto[], isLast: boolean) {
    const name = `f${imported.length}`;
    this.#random = random;
    this.#syntax = isLast ? "proto3" : pick(random, ["proto2", "proto3", "editions"]);
    this.#breaksRules = random() < 0.1;
    const own = ["A", "B", "C"];
    const others = imported.map((file) => file.package);
    this.#messages = [...others, name].flatMap((each) => own.map((message) => `.${each}.${message}`));
    this.#enums = [...(this.#syntax === "proto3" && !this.#breaksRules ? [] : others), name].map(
      (each) => `.${each}.E`,
    );
    const first = this.#syntax === "proto2" ? pick(random, [0, 1, -3]) : 0;
    const numbers = [first, 5, -(2 ** 31)];
    this.file = create(FileDescriptorProtoSchema, {
      name: `${name}.proto`,
      package: name,
      syntax: this.#syntax,
      ...(this.#syntax === "editions" && { edition: Edition.EDITION_2023 }),
      dependency: [...WELL_KNOWN_FILES, ...imported].map((file) => file.name),
      enumType: [{ name: "E", value: numbers.map((number, i) => ({ name: `${name}_${i}`, number })) }],
      messageType: own.map((message) => this.#message(`${name}.${message}`, message)),
    });
  }

  #message(typeName: string, name: string): MessageInit {
    const nestedType: MessageInit[] = [];
    const field: FieldInit[] = [];
    const oneofDecl = [{ name: "choice" }, { name: "other" }];
    for (const oneofIndex of [0, 0, 0, 1]) field.push({ label: Label.OPTIONAL, ...this.#type(), oneofIndex });
    for (let left = Math.floor(this.#random() * 9); left > 0; left--) {
      const [one, kind] = [this.#type(), this.#random()];
      if (kind < 0.25) field.push({ label: Label.REPEATED, ...one, options: this.#listOptions(one) });
      else if (kind < 0.5) {
        const entry = `F${field.length}Entry`;
        nestedType.push(this.#mapEntry(entry, one));
        field.push({ label: Label.REPEATED, type: Kind.MESSAGE, typeName: `.${typeName}.${entry}` });
      } else field.push(this.#singular(one));
    }
    for (const each of field)
      if (each.proto3Optional === true) each.oneofIndex = oneofDecl.push({ name: `_${field.indexOf(each)}` }) - 1;
    const numbers = new Set<number>();
    while (numbers.size < field.length) numbers.add(this.#number());
    for (const [i, number] of [...numbers].entries()) Object.assign(field[i] as FieldInit, { number, name: `f${i}` });
    return { name, field, nestedType, oneofDecl };
  }

  #number(): number {
    return 1 + Math.floor(this.#random() * pick(this.#random, [15, 2_047, MAX_FIELD_NUMBER]));
  }

  #type(): FieldTypeInit {
    const kind = this.#random();
    if (kind < 0.6) return { type: pick(this.#random, SCALARS) };
    if (kind < 0.7) return { type: Kind.ENUM, typeName: pick(this.#random, this.#enums) };
    if (kind > 0.9) return { type: Kind.MESSAGE, typeName: `.google.protobuf.${pick(this.#random, WELL_KNOWN)}` };
    return { type: Kind.MESSAGE, typeName: pick(this.#random, this.#messages) };
  }

  #mapEntry(name: string, value: FieldTypeInit): MessageInit {
    const key = { type: this.#random() < 0.5 ? Kind.STRING : pick(this.#random, KEYS) };
    const fields = [key, value].map((type, i) => ({ name: i === 0 ? "key" : "value", number: i + 1, ...type }));
    return { name, options: { mapEntry: true }, field: fields.map((each) => ({ label: Label.OPTIONAL, ...each })) };
  }

  #listOptions({ type }: FieldTypeInit): FieldInit["options"] {
    const isNumber = type === Kind.ENUM || INT64.includes(type as number) || INT32.includes(type as number);
    if (!isNumber || this.#syntax === "editions") return {};
    return { packed: this.#random() < 0.5 };
  }

  #singular({ type, typeName }: FieldTypeInit): FieldInit {
    const field: FieldInit = {
      label: Label.OPTIONAL,
      type: type as number,
      ...(typeName !== undefined && { typeName }),
    };
    const isMessage = type === Kind.MESSAGE;
    if (INT64.includes(type as number) && this.#random() < 0.3) field.options = { jstype: 1 };
    const isSpecial = this.#random() < 0.3;
    if (this.#syntax === "proto3" && this.#breaksRules && isSpecial)
      return { ...field, ...(isMessage ? { type: Kind.GROUP } : { label: Label.REQUIRED }) };
    if (this.#syntax === "proto3") return { ...field, proto3Optional: isSpecial };
    if (this.#syntax === "proto2") return { ...field, ...(isSpecial && { label: Label.REQUIRED }) };
    if (!isSpecial) return field;
    const fieldPresence = FeatureSet_FieldPresence.IMPLICIT;
    const messageEncoding = FeatureSet_MessageEncoding.DELIMITED;
    return { ...field, options: { features: isMessage ? { messageEncoding } : { fieldPresence } } };
  }
}
