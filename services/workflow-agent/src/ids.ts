import { createHash } from "node:crypto";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** 26 characters of 5 bits: the first 130 bits of the digest, far beyond any collision. */
const ID_LENGTH = 26;

/** The name of a conversation in the store. */
export interface ConversationName {
  /** Its own tag. The same conversation id of two subjects has two tags. */
  readonly tag: string;
  /** Its owner's tag, common to all conversations of one subject. */
  readonly owner: string;
  /** As its owner calls it. Absent where only a turn is known. */
  readonly id?: string | undefined;
}

export function conversationName(subject: string, conversationId: string): ConversationName {
  return { tag: digest(subject, conversationId), owner: digest(subject), id: conversationId };
}

/** The tag of all conversations of a subject. */
export function ownerTag(subject: string): string {
  return digest(subject);
}

/** The id of a turn contains the tag of its conversation, so that the conversation is found without an index. */
export function turnId(tag: string, requestId: string): string {
  return `${tag}.${digest(requestId)}`;
}

const TURN_ID = /^[a-z2-7]{26}\.[a-z2-7]{26}$/;

/** Whether `turnId` could have made it. */
export function isTurnId(id: string): boolean {
  return TURN_ID.test(id);
}

/** The conversation of a turn of `subject`. */
export function nameOfTurn(id: string, subject: string): ConversationName {
  return { tag: id.slice(0, ID_LENGTH), owner: digest(subject) };
}

function digest(...parts: readonly string[]): string {
  // JSON separates the parts: ("a", "bc") and ("ab", "c") differ.
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest();
  let id = "";
  for (let bit = 0; id.length < ID_LENGTH; bit += 5) id += BASE32[fiveBits(bytes, bit)];
  return id;
}

function fiveBits(bytes: Buffer, bit: number): number {
  const pair = bytes.readUInt16BE(bit >> 3);
  return (pair >> (11 - (bit & 7))) & 31;
}
