/**
 * Feeds a decoder with the blocks of a connection, right ones, changed ones and random ones. Each input is decoded by two decoders
 * that differ only in the limits of lists: they must agree in everything but refused lists, because a refusal keeps the dynamic table
 * in step. As long as all blocks are right, their lists are those that the encoder was given. What is accepted is encoded again and must
 * be decoded to the same list.
 */

import { type HeaderField, HpackDecoder, HpackEncoder, HpackError, type Literal } from "@agent-team/http2";
import type { Dice } from "./inputs.ts";

const NAMES = [":status", ":path", "content-type", "grpc-status", "grpc-message", "x-a", "date", "authorization"];
const VALUES = ["200", "0", "", "application/grpc", "gzip", "constant"];
const LITERALS: readonly Literal[] = ["indexed", "not-indexed", "never-indexed"];
const TABLE_BYTES = [0, 40, 100, 300, 4_096];
const UNLIMITED = { maxHeaderListBytes: 1 << 30, maxFields: 1 << 30 };

/** @throws Error when something does not hold. */
export function fuzzHpack(dice: Dice): void {
  const maxTableBytes = dice.pick(TABLE_BYTES);
  const limits = { maxHeaderListBytes: dice.below(500), maxFields: dice.below(8), maxStringBytes: dice.below(100) };
  const limited = new HpackDecoder({ maxTableBytes, ...limits });
  const unlimited = new HpackDecoder({ maxTableBytes, ...UNLIMITED });
  for (const { block, fields } of blocksOf(dice, maxTableBytes)) {
    const strict = outcome(limited, block);
    const relaxed = outcome(unlimited, block);
    check(limited.tableBytes <= maxTableBytes, "the table is above its bound");
    check(limited.tableBytes === unlimited.tableBytes, "a refused list changed the table");
    if (fields !== undefined) check(isSame(fields, relaxed), "the list is not what the encoder was given");
    if (strict instanceof HpackError && strict.scope === "connection") {
      check(relaxed instanceof HpackError && relaxed.message === strict.message, "only one decoder refused the block");
      return;
    }
    check(!(relaxed instanceof HpackError), "a decoder without limits refused a list");
    checkList(relaxed as readonly HeaderField[], strict, limits);
  }
}

interface Limits {
  readonly maxHeaderListBytes: number;
  readonly maxFields: number;
  readonly maxStringBytes: number;
}

/** `strict` is the list, or it is refused because it exceeds a limit. The list survives another encoding. */
function checkList(list: readonly HeaderField[], strict: readonly HeaderField[] | HpackError, limits: Limits): void {
  const bytes = list.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  const longest = list.reduce((most, [name, value]) => Math.max(most, name.length, value.length), 0);
  const isWithin =
    bytes <= limits.maxHeaderListBytes && list.length <= limits.maxFields && longest <= limits.maxStringBytes;
  if (isWithin) check(isSame(list, strict), "the decoders gave different lists");
  else check(strict instanceof HpackError, "a list above the limits was accepted");
  const again = new HpackDecoder(UNLIMITED).decode(new HpackEncoder().encode(list));
  check(isSame(list, again), "the list differs after another encoding");
}

function outcome(decoder: HpackDecoder, block: Buffer): readonly HeaderField[] | HpackError {
  try {
    return decoder.decode(block);
  } catch (error) {
    if (error instanceof HpackError) return error;
    throw error;
  }
}

interface Block {
  readonly block: Buffer;
  /** What it says, if it and all blocks before it are right. */
  readonly fields: readonly HeaderField[] | undefined;
}

/** Some blocks of one connection, more if all are right; each right one is what an encoder writes after the others. */
function blocksOf(dice: Dice, maxTableBytes: number): Block[] {
  const literals = dice.below(2) === 0 ? LITERALS : [dice.pick(LITERALS)];
  const indexing = { choose: () => dice.pick(literals) };
  const encoder = new HpackEncoder({ maxTableBytes, huffman: dice.below(2) === 0, indexing });
  const lists = [fieldsOf(dice), fieldsOf(dice)];
  const isRight = dice.below(4) === 0;
  return Array.from({ length: 1 + dice.below(isRight ? 16 : 4) }, () => {
    if (!isRight && dice.below(6) === 0) return { block: dice.octets(dice.below(40)), fields: undefined };
    if (dice.below(6) === 0) encoder.setMaxTableSize(dice.pick(TABLE_BYTES));
    // Lists come again, and so do blocks.
    const fields = dice.below(2) === 0 ? dice.pick(lists) : fieldsOf(dice);
    const block = encoder.encode(fields);
    return isRight ? { block, fields } : { block: dice.mutate(block), fields: undefined };
  });
}

function fieldsOf(dice: Dice): HeaderField[] {
  return Array.from({ length: dice.below(5) }, (): HeaderField => {
    const name = dice.below(3) === 0 ? dice.text(20) : dice.pick(NAMES);
    return [name, dice.below(2) === 0 ? dice.text(60) : dice.pick(VALUES)];
  });
}

function isSame(list: readonly HeaderField[], other: readonly HeaderField[] | HpackError): boolean {
  if (other instanceof HpackError || list.length !== other.length) return false;
  return list.every(([name, value], at) => name === other[at]?.[0] && value === other[at]?.[1]);
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
