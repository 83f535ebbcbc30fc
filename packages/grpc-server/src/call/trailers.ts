/**
 * The trailers of a call, within a bound that no handler can pass. A message, details and metadata of any size come in;
 * the part that fits goes out. Above 64 KiB a peer ends the connection with all its calls, and C-core and grpc-go refuse
 * a call above 8 KiB.
 */

import { BadRequest_FieldViolationSchema, BadRequestSchema, StatusSchema } from "@agent-team/contracts";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Any, anyIs, anyPack } from "@bufbuild/protobuf/wkt";
import { cutText, ELLIPSIS } from "../cut-text.ts";
import { encodeMessage } from "../grpc-message.ts";
import type { Field } from "../wire.ts";
import { type Failure, isErrorInfo } from "./failure.ts";
import { HeaderBudget, toFields } from "./metadata.ts";

/** All fields together, as RFC 9113 6.5.2 counts them. C-core's `grpc.max_metadata_size` is 8 KiB. */
export const MAX_HEADER_BLOCK_BYTES: number = 8 * 1024;

/** Fields that each block has besides: `:status`, `content-type`, `date`, `grpc-status`, `grpc-(accept-)encoding`. */
const OWN_FIELDS_BYTES = 384;

/** Half of the block. */
const MAX_MESSAGE_BYTES = 4_096;

/** With details the message travels twice, the second time inside `grpc-status-details-bin`. */
const MAX_MESSAGE_BYTES_BESIDE_DETAILS = 1_024;

/** google.rpc.Status around its details: tags and lengths. */
const STATUS_OVERHEAD_BYTES = 16;

/** Any around one detail: tags and lengths, besides its type. */
const ANY_OVERHEAD_BYTES = 16;

/** Of one violation in a list that does not fit. */
const MAX_DESCRIPTION_CHARACTERS = 400;

const DETAILS_KEY = "grpc-status-details-bin";

/** An answer, and the keys that were omitted from it. */
export interface Packed<T> {
  readonly value: T;
  readonly omitted: readonly string[];
}

/** The trailers of a call that failed. */
export interface StatusFields {
  readonly code: number;
  /** `grpc-status`, `grpc-message` and the metadata. */
  readonly fields: readonly Field[];
}

/** Headers of the handler, or trailers of a call that ended well. */
export function packHeaders(headers: Headers | undefined): Packed<readonly Field[]> {
  if (headers === undefined) return NOTHING;
  const budget = newBudget();
  return { value: toFields(headers, budget), omitted: budget.omitted };
}

const NOTHING: Packed<readonly Field[]> = { value: [], omitted: [] };

/**
 * A failure as gRPC sends it: code, message, and the details in `grpc-status-details-bin` as google.rpc.Status. The room
 * goes to the message and the reasons first, then to the first violations and "and N more", then to metadata.
 */
export function packFailure(failure: Failure, trailer: Headers | undefined): Packed<StatusFields> {
  const budget = newBudget();
  const code = Number(failure.code);
  const hasDetails = failure.details.length > 0;
  const message = cut(failure.message, hasDetails ? MAX_MESSAGE_BYTES_BESIDE_DETAILS : MAX_MESSAGE_BYTES);
  const encoded = encodeMessage(message);
  budget.take("grpc-message", encoded.length);
  const fields: Field[] = [["grpc-status", String(code)]];
  if (encoded !== "") fields.push(["grpc-message", encoded]);
  if (hasDetails) fields.push(...detailFields({ ...failure, message }, budget));
  fields.push(...toFields(failure.metadata, budget), ...toFields(trailer, budget));
  return { value: { code, fields }, omitted: [...failure.omitted, ...budget.omitted] };
}

function newBudget(): HeaderBudget {
  return new HeaderBudget(MAX_HEADER_BLOCK_BYTES - OWN_FIELDS_BYTES);
}

function detailFields({ code, message, details }: Failure, budget: HeaderBudget): readonly Field[] {
  const room = decodedBytes(budget.roomFor(DETAILS_KEY)) - STATUS_OVERHEAD_BYTES - Buffer.byteLength(message);
  const fitting = fit(details, room);
  if (fitting.length < details.length) budget.omitted.push(DETAILS_KEY);
  if (fitting.length === 0) return [];
  const bytes = toBinary(StatusSchema, create(StatusSchema, { code, message, details: fitting }));
  const value = Buffer.from(bytes).toString("base64");
  budget.take(DETAILS_KEY, value.length);
  return [[DETAILS_KEY, value]];
}

/** The details that fit into `room` bytes, in their order. Reasons get room first, lists last. */
function fit(details: readonly Any[], room: number): Any[] {
  const kept = new Map<Any, Any>();
  let left = room;
  for (const detail of [...details].sort((a, b) => rank(a) - rank(b))) {
    const fitting = sizeOf(detail) <= left ? detail : shortened(detail, left);
    if (fitting === undefined) continue;
    kept.set(detail, fitting);
    left -= sizeOf(fitting);
  }
  return details.flatMap((detail) => kept.get(detail) ?? []);
}

function rank(detail: Any): number {
  if (isErrorInfo(detail)) return 0;
  return anyIs(detail, BadRequestSchema) ? 2 : 1;
}

function sizeOf({ typeUrl, value }: Any): number {
  return ANY_OVERHEAD_BYTES + Buffer.byteLength(typeUrl) + value.byteLength;
}

/** The first violations of a list, and the number of the others. Undefined if the detail is no list, or if no violation fits. */
function shortened(detail: Any, room: number): Any | undefined {
  if (!anyIs(detail, BadRequestSchema)) return undefined;
  const all = readViolations(detail);
  const kept: (typeof all)[number][] = [];
  let left =
    room - sizeOf(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [more(all.length)] })));
  for (const violation of all) {
    const short = { ...violation, description: cutText(violation.description, MAX_DESCRIPTION_CHARACTERS) };
    // Tag and length of an entry are 3 bytes as long as it is below 16 KiB, which is more than fits.
    left -= toBinary(BadRequest_FieldViolationSchema, short).byteLength + 3;
    if (left < 0) break;
    kept.push(short);
  }
  if (kept.length === 0) return undefined;
  const cutOff = all.length - kept.length;
  const fieldViolations = cutOff === 0 ? kept : [...kept, more(cutOff)];
  return anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations }));
}

function more(count: number): { readonly description: string } {
  return { description: `and ${count} more` };
}

function readViolations({ value }: Any): ReturnType<typeof create<typeof BadRequestSchema>>["fieldViolations"] {
  try {
    return fromBinary(BadRequestSchema, value).fieldViolations;
  } catch {
    return []; // bytes of another server that cannot be parsed: the detail is omitted
  }
}

/** Text of at most `maxBytes` as `grpc-message` carries it. */
function cut(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && encodeMessage(text).length <= maxBytes) return text.toWellFormed();
  let [fits, tooLong] = [0, Math.min(text.length, maxBytes)];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (encodeMessage(text.slice(0, middle) + ELLIPSIS).length <= maxBytes) fits = middle;
    else tooLong = middle;
  }
  return cutText(text, fits);
}

/** Bytes whose base64 fits into `characters`. */
function decodedBytes(characters: number): number {
  return Math.floor(characters / 4) * 3;
}
