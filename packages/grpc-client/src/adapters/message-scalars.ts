/**
 * Protobuf's scalar types as messages hold them. In: a value. Out: its bytes behind its tag; or false for a value that is not as its type
 * says, and nothing is written.
 */

import { ScalarType } from "@bufbuild/protobuf";
import type { MessageBytes } from "./message-bytes.ts";

/** False: it cannot write this value, and the message is left to protobuf-es. */
export type Write<T = unknown> = (out: MessageBytes, value: T) => boolean;

/** "The low three bits tell us the wire type". */
export const WireType = { varint: 0, bit64: 1, lengthDelimited: 2, bit32: 5 } as const;

/** What the fields of one type have in common. */
export interface FieldType {
  readonly wireType: (typeof WireType)[keyof typeof WireType];
  /** A field with this value is not sent, if it has no presence. */
  readonly isZero: (value: unknown) => boolean;
  readonly write: Write;
}

const MIN_INT32 = -0x8000_0000;
const MAX_INT32 = 0x7fff_ffff;
const MAX_UINT32 = 0xffff_ffff;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_FLOAT = (2 - 2 ** -23) * 2 ** 127;

const INT32: FieldType = {
  wireType: WireType.varint,
  isZero: (value) => value === 0,
  write(out, value) {
    if (!isInteger(value, MIN_INT32, MAX_INT32)) return false;
    out.int32(value);
    return true;
  },
};

const UINT32: FieldType = {
  wireType: WireType.varint,
  isZero: (value) => value === 0,
  write(out, value) {
    if (!isInteger(value, 0, MAX_UINT32)) return false;
    out.uint32(value);
    return true;
  },
};

const BOOL: FieldType = {
  wireType: WireType.varint,
  isZero: (value) => value === false,
  write(out, value) {
    if (typeof value !== "boolean") return false;
    out.uint32(value ? 1 : 0);
    return true;
  },
};

const FLOAT: FieldType = {
  wireType: WireType.bit32,
  isZero: isPositiveZero,
  write(out, value) {
    if (typeof value !== "number" || (Number.isFinite(value) && Math.abs(value) > MAX_FLOAT)) return false;
    out.float(value);
    return true;
  },
};

const DOUBLE: FieldType = {
  wireType: WireType.bit64,
  isZero: isPositiveZero,
  write(out, value) {
    if (typeof value !== "number") return false;
    out.double(value);
    return true;
  },
};

export const STRING: FieldType = {
  wireType: WireType.lengthDelimited,
  isZero: (value) => value === "",
  write(out, value) {
    if (typeof value !== "string") return false;
    out.text(value);
    return true;
  },
};

const BYTES: FieldType = {
  wireType: WireType.lengthDelimited,
  isZero: (value) => value instanceof Uint8Array && value.length === 0,
  write(out, value) {
    if (!(value instanceof Uint8Array)) return false;
    out.bytes(value);
    return true;
  },
};

/** Enums are numbers of this type. */
export const ENUM: FieldType = INT32;

/** Types that few schemas have are left out. */
export const SCALARS: Readonly<Partial<Record<ScalarType, FieldType>>> = {
  [ScalarType.STRING]: STRING,
  [ScalarType.BYTES]: BYTES,
  [ScalarType.BOOL]: BOOL,
  [ScalarType.INT32]: INT32,
  [ScalarType.UINT32]: UINT32,
  [ScalarType.INT64]: integer64(MIN_INT64, MAX_INT64),
  [ScalarType.UINT64]: integer64(0n, MAX_UINT64),
  [ScalarType.FLOAT]: FLOAT,
  [ScalarType.DOUBLE]: DOUBLE,
};

function integer64(min: bigint, max: bigint): FieldType {
  return {
    wireType: WireType.varint,
    isZero: (value) => value === 0n,
    write(out, value) {
      if (typeof value !== "bigint" || value < min || value > max) return false;
      out.int64(value);
      return true;
    },
  };
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** -0 is another number, and is sent. */
function isPositiveZero(value: unknown): boolean {
  return Object.is(value, 0);
}
