/**
 * Encodes protobuf messages as protobuf-es does, byte for byte, and several times as fast. In: a descriptor, and a message or the plain
 * fields of one. Out: its bytes, which belong to the caller.
 *
 * A small message costs protobuf-es mostly two buffers of its own, and plain fields are first copied into a message. Here fields are
 * written as they are. What is rare, and every value that is not as its type says, is left to protobuf-es with the whole message.
 */

import {
  create,
  type DescField,
  type DescMessage,
  isMessage,
  type MessageInitShape,
  type ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence, isWrapperDesc, StructSchema } from "@bufbuild/protobuf/wkt";
import { MessageBytes } from "./message-bytes.ts";
import { ENUM, type FieldType, SCALARS, STRING, WireType, type Write } from "./message-scalars.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Undefined while a message is being written: a property of it may be a function of the program, which encodes another one. */
let free: MessageBytes | undefined;

const MESSAGES = new WeakMap<DescMessage, Write>();

/** Types that few schemas have. Fields of them cost nothing while they are not set. */
const LEFT_TO_PROTOBUF_ES: FieldType = {
  wireType: WireType.lengthDelimited,
  isZero: (value) => value === 0 || value === 0n,
  write: () => false,
};

/** @throws Error of protobuf-es for a value that its field cannot hold */
export function encodeMessage<Desc extends DescMessage>(desc: Desc, message: MessageInitShape<Desc>): Uint8Array {
  const out = free ?? new MessageBytes();
  free = undefined;
  const bytes = writeOf(desc)(out, message) ? out.finish() : out.drop();
  free = out;
  return bytes ?? toBinary(desc, isMessage(message, desc) ? message : create(desc, message));
}

/** How messages of this type are written. */
function writeOf(desc: DescMessage): Write {
  const known = MESSAGES.get(desc);
  if (known !== undefined) return known;
  const fields: Write<Fields>[] = [];
  const write: Write = (out, message) => {
    if (!isOf(desc, message)) return false;
    for (const writeField of fields) if (!writeField(out, message)) return false;
    return true;
  };
  // Before its fields: a message can contain itself.
  MESSAGES.set(desc, write);
  // Other editions have defaults, and rules of their own for what is present.
  if (desc.file.edition !== Edition.EDITION_PROTO3) fields.push(() => false);
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) fields.push(writeOfField(field));
  return write;
}

/** Plain fields have no name of a type. A message that was decoded may have fields which its schema does not know. */
function isOf({ typeName }: DescMessage, value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const { $typeName, $unknown } = value as Fields;
  return ($typeName === undefined || $typeName === typeName) && $unknown === undefined;
}

function writeOfField(field: DescField): Write<Fields> {
  const { localName, number, presence } = field;
  if (field.fieldKind === "map") return mapOf(field);
  if (field.fieldKind === "list") return field.packed ? packedListOf(field) : listOf(field);
  const { isZero, write } = tagged(number, typeOf(field));
  if (field.oneof !== undefined) return choiceOf(field.oneof.localName, localName, write);
  if (presence !== FeatureSet_FieldPresence.IMPLICIT)
    return (out, message) => message[localName] === undefined || write(out, message[localName]);
  return (out, message) => {
    const value = message[localName];
    return value === undefined || isZero(value) || write(out, value);
  };
}

/** One field of a oneof: of its fields, messages hold the one that is set. */
function choiceOf(oneof: string, localName: string, write: Write): Write<Fields> {
  return (out, message) => {
    const chosen = message[oneof] as { readonly case?: unknown; readonly value?: unknown } | undefined;
    return chosen?.case !== localName || write(out, chosen.value);
  };
}

function listOf(field: DescField): Write<Fields> {
  const { write } = tagged(field.number, typeOf(field));
  return (out, message) => {
    const items = message[field.localName];
    return items === undefined || writeEach(out, items, write);
  };
}

/** Numbers one behind the other, behind one tag. */
function packedListOf(field: DescField): Write<Fields> {
  const { write: writeItem } = typeOf(field);
  const { write } = tagged(
    field.number,
    delimited((out, items) => writeEach(out, items, writeItem)),
  );
  return (out, message) => {
    const items = message[field.localName];
    return items === undefined || (Array.isArray(items) && items.length === 0) || write(out, items);
  };
}

function writeEach(out: MessageBytes, items: unknown, write: Write): boolean {
  if (!Array.isArray(items)) return false;
  for (const item of items) if (!write(out, item)) return false;
  return true;
}

/** A map is sent as a list of messages, in which 1 is the key and 2 the value. */
function mapOf(field: Extract<DescField, { fieldKind: "map" }>): Write<Fields> {
  const { write: writeKey } = tagged(1, SCALARS[field.mapKey] === STRING ? STRING : LEFT_TO_PROTOBUF_ES);
  const { write: writeValue } = tagged(2, typeOf(field));
  const writeEntry: Write<readonly [string, unknown]> = (out, [key, value]) =>
    writeKey(out, key) && writeValue(out, value);
  const { write } = tagged(field.number, delimited(writeEntry as Write));
  return (out, message) => {
    const map = message[field.localName];
    return map === undefined || (typeof map === "object" && map !== null && writeEach(out, Object.entries(map), write));
  };
}

/** Of the field's value, of a list's items, or of a map's values. */
function typeOf({ message, enum: numbers, scalar }: DescField): FieldType {
  if (message !== undefined) return isHeldAsMessage(message) ? delimited(writeOf(message)) : LEFT_TO_PROTOBUF_ES;
  if (numbers !== undefined) return ENUM;
  return SCALARS[scalar as ScalarType] ?? LEFT_TO_PROTOBUF_ES;
}

/** With its length before it. */
function delimited(write: Write): FieldType {
  const writeDelimited: Write = (out, value) => {
    const at = out.fork();
    if (!write(out, value)) return false;
    out.join(at);
    return true;
  };
  return { wireType: WireType.lengthDelimited, isZero: () => false, write: writeDelimited };
}

/** With its tag before it: "field_number << 3 | wire_type". */
function tagged(number: number, { wireType, isZero, write }: FieldType): FieldType {
  const tag = ((number << 3) | wireType) >>> 0;
  const writeTagged: Write = (out, value) => {
    out.uint32(tag);
    return write(out, value);
  };
  return { wireType, isZero, write: writeTagged };
}

/** Messages hold a Struct as JSON, and the value of a wrapper without the wrapper. */
function isHeldAsMessage(desc: DescMessage): boolean {
  return desc.typeName !== StructSchema.typeName && !isWrapperDesc(desc);
}
