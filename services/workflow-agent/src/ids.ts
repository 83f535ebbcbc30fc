import { createHash } from "node:crypto";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** 26 characters of 5 bits: the first 130 bits of the digest, far beyond any collision. */
const ID_LENGTH = 26;

/** What a conversation goes by in the store. */
export interface ConversationName {
  /** Its own tag: one subject's conversations lie in a space of their own. */
  readonly tag: string;
  /** Its owner's tag, which all conversations of one subject share. */
  readonly owner: string;
}

export function conversationName(subject: string, conversationId: string): ConversationName {
  return { tag: digest(subject, conversationId), owner: digest(subject) };
}

/** A turn's id names its conversation, so that whoever holds the id finds it without an index. */
export function turnId(tag: string, requestId: string): string {
  return `${tag}.${digest(requestId)}`;
}

function digest(...parts: readonly string[]): string {
  // JSON keeps the borders: ("a", "bc") and ("ab", "c") differ.
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest();
  let id = "";
  for (let bit = 0; id.length < ID_LENGTH; bit += 5) id += BASE32[fiveBits(bytes, bit)];
  return id;
}

function fiveBits(bytes: Buffer, bit: number): number {
  const pair = bytes.readUInt16BE(bit >> 3);
  return (pair >> (11 - (bit & 7))) & 31;
}
