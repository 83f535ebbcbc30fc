/**
 * Huffman decoding (RFC 7541 5.2) with an automaton that takes four bits at a time.
 *
 * A state is an inner node of the code's tree: the bits since the last symbol. Codes have five bits at least, so four bits
 * complete one symbol at most. An entry of the table:
 *
 *   bits    24 … 17      16        15 … 9      8 … 0
 *         │ symbol   │ emits │           │ next state │
 */

import { CODE_BITS, CODES, EOS } from "./huffman-code.ts";

const EMITS = 0x1_00_00;
const STATE_MASK = 0x1_ff;
const SYMBOL_SHIFT = 17;

/** A tree with 257 leaves has 256 inner nodes. The state after EOS follows them; no bits lead out of it. */
const STATES = 256;
const FAILED = STATES;

/** A code has five bits at least, so that an octet ends at most 8/5 symbols. */
export function maxDecodedBytes(encodedBytes: number): number {
  return Math.ceil((encodedBytes * 8) / 5);
}

/**
 * Decodes `bytes` from `start` to `end`. `into` needs {@link maxDecodedBytes} bytes. Returns the octets written, or -1 if the code
 * is wrong: EOS, or a padding that is no prefix of EOS or longer than 7 bits.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  const { transitions, ends } = (automaton ??= new Automaton());
  let state = 0;
  let length = 0;
  for (let i = start; i < end; i++) {
    const octet = bytes[i] as number;
    const first = transitions[(state << 4) | (octet >>> 4)] as number;
    if ((first & EMITS) !== 0) into[length++] = first >>> SYMBOL_SHIFT;
    const second = transitions[((first & STATE_MASK) << 4) | (octet & 0xf)] as number;
    if ((second & EMITS) !== 0) into[length++] = second >>> SYMBOL_SHIFT;
    state = second & STATE_MASK;
  }
  return ends[state] === 1 ? length : -1;
}

/** The children of an inner node, by bit: a state, or `LEAF + symbol`. */
type Node = [zero: number, one: number];

const LEAF = 1_000;

/** Made for the first string: a program that only imports the package does not pay for it. */
let automaton: Automaton | undefined;

class Automaton {
  readonly transitions: Uint32Array;
  readonly ends: Uint8Array;

  constructor() {
    const tree = buildTree();
    this.transitions = buildTransitions(tree);
    this.ends = buildEnds(tree);
  }
}

function buildTree(): readonly Node[] {
  const tree: Node[] = [[0, 0]];
  for (let symbol = 0; symbol <= EOS; symbol++) {
    const code = CODES[symbol] as number;
    let state = 0;
    for (let bit = (CODE_BITS[symbol] as number) - 1; bit > 0; bit--) {
      const node = tree[state] as Node;
      const branch = (code >>> bit) & 1;
      // 0 is the root, and no branch leads there.
      if (node[branch] === 0) node[branch] = tree.push([0, 0]) - 1;
      state = node[branch] as number;
    }
    (tree[state] as Node)[code & 1] = LEAF + symbol;
  }
  return tree;
}

function buildTransitions(tree: readonly Node[]): Uint32Array {
  const transitions = new Uint32Array((STATES + 1) << 4).fill(FAILED);
  for (let state = 0; state < STATES; state++)
    for (let nibble = 0; nibble < 16; nibble++) transitions[(state << 4) | nibble] = transition(tree, state, nibble);
  return transitions;
}

function transition(tree: readonly Node[], from: number, nibble: number): number {
  let state = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = (tree[state] as Node)[(nibble >>> bit) & 1] as number;
    // RFC 7541 5.2: "A Huffman-encoded string literal containing the EOS symbol MUST be treated as a decoding error."
    if (child === LEAF + EOS) return FAILED;
    state = child < LEAF ? child : 0;
    if (child >= LEAF) emitted = ((child - LEAF) << SYMBOL_SHIFT) | EMITS;
  }
  return emitted | state;
}

/** 1 for the states in which a string may end: "A padding strictly longer than 7 bits MUST be treated as a decoding error." */
function buildEnds(tree: readonly Node[]): Uint8Array {
  const ends = new Uint8Array(STATES + 1);
  for (let state = 0, bits = 0; bits <= 7; bits++) {
    ends[state] = 1;
    state = (tree[state] as Node)[1];
  }
  return ends;
}
