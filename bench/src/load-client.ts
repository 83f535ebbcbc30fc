/**
 * One peer in a process of its own: makes as many calls as it is told and says what CPU they took. Its libraries, their
 * garbage and what the JIT learns from them stay out of the other peers' figures, and it stays warm between its turns.
 */

import { answerParent } from "./child.ts";
import { cpuMicros } from "./cpu.ts";
import { PEERS, type PeerName } from "./peers.ts";

export interface LoadRequest {
  readonly calls: number;
  readonly inFlight: number;
}

export interface LoadReport {
  /** Of all calls together. */
  readonly cpuMicros: number;
}

const [name, ...addresses] = process.argv.slice(2);
const createPeer = await PEERS[name as PeerName]();
const peer = createPeer(addresses);

answerParent(async ({ calls, inFlight }: LoadRequest): Promise<LoadReport> => {
  const start = process.cpuUsage();
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await peer.call();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { cpuMicros: cpuMicros(start) };
});
