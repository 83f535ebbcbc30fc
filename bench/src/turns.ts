/**
 * The turns of a benchmark: each process is asked once in each round (A B C A B C …), so that whatever else the machine does meets all
 * peers alike.
 */

import { median } from "./median.ts";
import type { PeerName } from "./peers.ts";
import type { RunningPeer } from "./running-peers.ts";

/** With fewer a median is one disturbed figure or another. */
const MIN_ROUNDS = 3;

export interface Rounds {
  readonly rounds: number;
  /**
   * No further round begins after it, on the scale of `performance.now`, so that a run ends on a busy machine too. There are three in any
   * case, if so many are asked for.
   */
  readonly untilMs: number;
  /** Hears the number of each round. */
  readonly onRound: (round: number) => void;
}

export interface Taken<Name extends string> {
  /** Of all rounds of all processes of a peer. */
  readonly medians: Readonly<Record<Name, number>>;
  /** How many there were. */
  readonly rounds: number;
}

export async function takeTurns<Name extends PeerName>(
  peers: readonly RunningPeer<Name>[],
  { rounds, untilMs, onRound }: Rounds,
  measure: (peer: RunningPeer<Name>) => Promise<number>,
): Promise<Taken<Name>> {
  const figures = new Map<Name, number[]>(peers.map(({ name }) => [name, []]));
  let round = 0;
  do {
    onRound(++round);
    for (const peer of peers) figures.get(peer.name)?.push(await measure(peer));
  } while (round < rounds && (round < MIN_ROUNDS || performance.now() < untilMs));
  const medians = Object.fromEntries([...figures].map(([name, values]) => [name, median(values)]));
  return { medians: medians as Record<Name, number>, rounds: round };
}

/** The figures of one of ours beside those of the peers that are not ours. */
export function beside<Name extends string>(
  medians: Readonly<Record<Name, number>>,
  ours: Name,
): { readonly ours: number; readonly peers: Readonly<Record<string, number>> } {
  const peers = Object.entries<number>(medians).filter(([name]) => !OURS.has(name));
  return { ours: medians[ours], peers: Object.fromEntries(peers) };
}

/** Clients of our channel. */
const OURS: ReadonlySet<string> = new Set<PeerName>(["ours", "over-node-http2", "grpc-js-stub", "bytes"]);
