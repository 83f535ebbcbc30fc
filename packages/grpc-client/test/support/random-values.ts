/**
 * Values for tests of the encoder. In: dice and a schema. Out: a message of it or the plain fields of one, as a program may pass them: most as
 * the schema says, some with values of other types, or changed afterwards.
 */

import type { Random } from "@agent-team/foundation/random";
import { create, type DescField, type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { pick } from "./random-schemas.ts";

type Init = Record<string, unknown>;

/** How likely each of its parts is something else than its schema says, was made by `create`, and was changed afterwards. */
export interface Liberties {
  readonly odd: number;
  readonly made: number;
  readonly changed: number;
}

const TEXTS = ["", "a", "é", "\ud83d", "\ude00x", "\0", "x".repeat(128), "é".repeat(127), "日".repeat(43)];
/** About the size of a block. */
const LONG_TEXTS = ["x".repeat(8_187), "日".repeat(2_730), "é".repeat(4_096)];
const BYTES = [0, 1, 127, 128, 300, 8_190].flatMap((length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i);
  const shared = new Uint8Array(new SharedArrayBuffer(length + 3), 2, length);
  shared.set(bytes);
  return [bytes, Buffer.from(bytes), shared];
});
/** NaN has many forms. */
const NAN = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0123n]).buffer)[0];
const FLOATS = [0, -0, 1.5, 0.1, Number.NaN, NAN, -Infinity, 3.4028234663852886e38, 1e-46];
const UNSIGNED = [0, -0, 1, 127, 128, 2 ** 14, 2 ** 21, 2 ** 28, 2 ** 31 - 1];
const LONGS = [0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 35n, 2n ** 56n, 2n ** 63n - 1n];
const SIGNED_LONGS = [...LONGS, -1n, -(2n ** 32n), -(2n ** 63n)];
const LISTS = [null, undefined, {}, "ab", Int32Array.of(1, 2), new Array<string>(2), [undefined], [null], new Set([1])];
const MAPS = [null, undefined, [], ["a"], [{}], "ab", new Map([["a", 1]]), Object.create({ a: 1 })];
const CHOICES = [null, undefined, {}, "ab", { case: "none", value: 1 }, { case: undefined }, { case: "f0" }];
const ODD_NUMBERS = [
  -1,
  0.5,
  2 ** 31,
  2 ** 32,
  -(2 ** 31) - 1,
  1e39,
  "7",
  "0",
  2n ** 63n,
  2n ** 64n,
  -(2n ** 63n) - 1n,
];
const ODD = [...ODD_NUMBERS, ...LISTS, [1, 2], true, false, new Uint8ClampedArray(2), new URL("a:b"), Symbol.iterator];
const ODD_MESSAGES = [null, undefined, [], "ab", new URL("a:b"), create(TimestampSchema), { $typeName: "other" }, {}];
const JSON_VALUES = [1, -0, Number.NaN, "a", true, null, [1, ["a"]], {}, { a: { b: [] } }, 5n, undefined];
const UNKNOWN = [{ no: 777, wireType: 0, data: Uint8Array.of(5) }];

export class RandomValues {
  readonly #random: Random;
  readonly #liberties: Liberties;

  constructor(random: Random, liberties: Liberties) {
    this.#random = random;
    this.#liberties = liberties;
  }

  /** `depth`: messages in it that may be in each other. */
  message(desc: DescMessage, depth: number): Init {
    let init: Init = {};
    for (const member of desc.members) {
      const isMessage = member.kind === "field" && member.message !== undefined;
      if (!this.#is(depth > 0 ? 0.6 : 0.15) || (isMessage && depth <= 0)) continue;
      init[member.localName] = member.kind === "oneof" ? this.#choice(member, depth) : this.#member(member, depth);
    }
    if (this.#is(this.#liberties.made)) init = made(desc, init);
    return this.#is(this.#liberties.changed) ? this.#change(desc, init) : init;
  }

  #is(likelihood: number): boolean {
    return this.#random() < likelihood;
  }

  #pick<T>(items: readonly T[]): T {
    return pick(this.#random, items);
  }

  #choice({ fields }: DescOneof, depth: number): unknown {
    if (this.#is(this.#liberties.odd)) return this.#pick<unknown>(CHOICES);
    const field = this.#pick(fields);
    if (field.message !== undefined && depth <= 0) return { case: undefined };
    return { case: field.localName, value: this.#value(field, depth) };
  }

  #member(field: DescField, depth: number): unknown {
    const isOdd = this.#is(this.#liberties.odd);
    if (field.fieldKind === "list") {
      if (isOdd) return this.#pick<unknown>(LISTS);
      const length = this.#pick(field.message === undefined ? [0, 1, 5, 40] : [0, 1, 2]);
      return Array.from({ length }, () => this.#value(field, depth - 1));
    }
    if (field.fieldKind !== "map") return this.#value(field, depth);
    if (isOdd) return this.#pick<unknown>(MAPS);
    const entries = Array.from({ length: this.#pick([0, 1, 3]) }, (): [string, unknown] => [
      this.#key(field.mapKey),
      this.#value(field, depth - 1),
    ]);
    return Object.fromEntries(entries);
  }

  #key(type: ScalarType): string {
    if (this.#is(this.#liberties.odd)) return this.#pick(["x", "1.5", ""]);
    return this.#is(0.1) && type === ScalarType.STRING ? "__proto__" : String(this.#scalar(type, 0));
  }

  #value(field: DescField, depth: number): unknown {
    const { message, scalar } = field;
    if (message === undefined) {
      if (this.#is(this.#liberties.odd)) return this.#pick<unknown>(ODD);
      return scalar === undefined ? this.#pick([0, 1, 5, 77, -1, -(2 ** 31)]) : this.#scalar(scalar, depth);
    }
    if (this.#is(this.#liberties.odd)) return this.#pick<unknown>(ODD_MESSAGES);
    if (message.typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value")
      return { a: this.#pick<unknown>(JSON_VALUES), b: this.#pick<unknown>(JSON_VALUES) };
    const isBare = isWrapperDesc(message) && field.fieldKind === "message" && field.oneof === undefined;
    return isBare ? this.#value(message.fields[0] as DescField, depth) : this.message(message, depth - 1);
  }

  #scalar(type: ScalarType, depth: number): unknown {
    switch (type) {
      case ScalarType.STRING:
        return this.#pick(depth > 2 ? [...TEXTS, ...LONG_TEXTS] : TEXTS);
      case ScalarType.BYTES:
        return this.#pick(BYTES);
      case ScalarType.BOOL:
        return this.#is(0.5);
      case ScalarType.FLOAT:
        return this.#pick(FLOATS);
      case ScalarType.DOUBLE:
        return this.#pick([...FLOATS, 5e-324, 1.7e308]);
      case ScalarType.INT64:
      case ScalarType.SFIXED64:
      case ScalarType.SINT64:
        return this.#pick(SIGNED_LONGS);
      case ScalarType.UINT64:
      case ScalarType.FIXED64:
        return this.#pick([...LONGS, 2n ** 64n - 1n]);
      case ScalarType.UINT32:
      case ScalarType.FIXED32:
        return this.#pick([...UNSIGNED, 2 ** 32 - 1]);
      default:
        return this.#pick([...UNSIGNED, -1, -(2 ** 31)]);
    }
  }

  #change(desc: DescMessage, init: Init): Init {
    const name = this.#pick(desc.members).localName;
    const { [name]: _, ...without } = init;
    return this.#pick<() => Init>([
      () => without,
      () => ({ ...init, [name]: undefined }),
      () => ({ ...init, [name]: null }),
      () => ({ ...init, $unknown: this.#pick([UNKNOWN, [], undefined]) }),
      () => ({ ...init, $typeName: this.#pick<unknown>([desc.typeName, "other", undefined, 5]) }),
      () => Object.create(init) as Init,
      () => Object.freeze(init),
      () => new Proxy(init, {}),
    ])();
  }
}

/** As it is if `create` refuses it. */
function made(desc: DescMessage, init: Init): Init {
  try {
    return create(desc, init) as unknown as Init;
  } catch {
    return init;
  }
}
