import { isDeeperThan, MAX_JSON_DEPTH } from "@agent-team/contracts";
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import { isWellKnown, shortName, withLongNames } from "../enum-names.ts";
import { invalidFields, RequestError, type Violation } from "../request-error.ts";

/** The most wrong fields that a response lists. */
const MAX_VIOLATIONS = 20;

/** The expectation by scalar type. Every other scalar is a number. */
const SCALARS: Readonly<Partial<Record<ScalarType, string>>> = {
  [ScalarType.STRING]: "a string",
  [ScalarType.BOOL]: "true or false",
  [ScalarType.UINT32]: "a whole number from 0 to 4294967295",
  [ScalarType.INT32]: "a whole number from -2147483648 to 2147483647",
};

/**
 * Reads a message from proto3 JSON. Enum values have their long names or their short ones.
 * @param path the path of `body` in the whole body, for the error, such as `spec`
 * @throws RequestError 400 with the path of each field that is wrong or unknown
 */
export function parseMessage<Desc extends DescMessage>(desc: Desc, body: JsonValue, path = ""): MessageShape<Desc> {
  const json = withLongNames(desc, body);
  try {
    const message = fromJson(desc, json);
    // The limit holds for each free value. A body may be deeper than that.
    const violations = isDeeperThan(json, MAX_JSON_DEPTH) ? listViolations(desc, json, path) : [];
    if (violations.length === 0) return message;
    throw invalidFields(violations);
  } catch (error) {
    if (error instanceof RequestError) throw error;
    // The library names the innermost field and not its path, so the path is found by a second walk.
    const violations = listViolations(desc, json, path);
    if (violations.length === 0) violations.push({ field: path, description: `expected ${desc.name} as proto3 JSON` });
    throw invalidFields(violations, error);
  }
}

function listViolations(desc: DescMessage, json: JsonValue, path: string): Violation[] {
  const violations: Violation[] = [];
  for (const violation of findViolations(desc, json, path)) if (violations.push(violation) === MAX_VIOLATIONS) break;
  return violations;
}

function* findViolations(desc: DescMessage, json: JsonValue, path: string): Generator<Violation> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    yield { field: path, description: `expected an object, got ${describe(json)}` };
    return;
  }
  for (const [key, value] of Object.entries(json)) {
    const at = path === "" ? key : `${path}.${key}`;
    const field = desc.fields.find(({ name, jsonName }) => key === name || key === jsonName);
    if (field === undefined) yield { field: at, description: "unknown field" };
    else if (!reads(field, value)) yield* findInField(field, value, at);
  }
}

function* findInField(field: DescField, json: JsonValue, path: string): Generator<Violation> {
  if (field.fieldKind === "list" && Array.isArray(json)) {
    for (const [index, item] of json.entries()) {
      if (!reads(field, [item])) yield* findInValue(field, item, `${path}[${index}]`);
    }
  } else if (field.fieldKind === "list") {
    yield { field: path, description: `expected a list, got ${describe(json)}` };
  } else {
    yield* findInValue(field, json, path);
  }
}

function* findInValue(field: DescField, json: JsonValue, path: string): Generator<Violation> {
  if (field.message !== undefined && !isWellKnown(field.message)) yield* findViolations(field.message, json, path);
  else yield { field: path, description: `expected ${expectation(field)}, got ${describe(json)}` };
}

/** Whether a message with this field alone can be read, by us and by the service that receives it. */
function reads(field: DescField, json: JsonValue): boolean {
  try {
    // A list holds its values one level deeper.
    const levels = field.fieldKind === "list" ? MAX_JSON_DEPTH + 1 : MAX_JSON_DEPTH;
    if (isDeeperThan(json, levels)) return false;
    fromJson(field.parent, { [field.name]: json });
    return true;
  } catch {
    return false; // the second walk describes the fault
  }
}

function expectation(field: DescField): string {
  if (field.enum !== undefined) return `one of ${namesOf(field.enum)}`;
  if (field.scalar !== undefined) return SCALARS[field.scalar] ?? "a number";
  switch (field.message?.typeName) {
    case "google.protobuf.Struct":
      return `an object, nested at most ${MAX_JSON_DEPTH} deep`;
    case "google.protobuf.Duration":
      return 'a duration in seconds, such as "1.5s"';
    case "google.protobuf.Timestamp":
      return 'an RFC 3339 time, such as "2026-01-31T09:00:00Z"';
    default:
      return `a value, nested at most ${MAX_JSON_DEPTH} deep`;
  }
}

function namesOf(desc: DescEnum): string {
  return desc.values.map(({ name }) => shortName(desc, name)).join(", ");
}

/** The received value, cut to a line. */
function describe(json: JsonValue): string {
  if (Array.isArray(json)) return "a list";
  if (typeof json === "object" && json !== null) return "an object";
  const shown = JSON.stringify(json);
  return shown.length <= 60 ? shown : `${shown.slice(0, 60)}…`;
}
