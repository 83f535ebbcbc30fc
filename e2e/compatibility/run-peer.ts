/** One peer: all cases over both transports, by the published package on the Node of this repository. */

import type { Peer } from "./peers/peers.ts";
import type { ProgramFolder } from "./program-folder.ts";
import type { Tally } from "./tally.ts";

export const TRANSPORTS = ["own", "node:http2"] as const;

export async function runPeer(peer: Peer, programs: ProgramFolder, tally: Tally): Promise<void> {
  const { name, version, absent, only } = peer;
  if (absent !== undefined) return tally.skip(name, absent);
  await using running = await peer.start();
  for (const transport of TRANSPORTS) {
    const results = await programs.runCases([process.execPath], { ...running.way, transport });
    const cases = only === undefined ? results : results.filter((result) => only.includes(result.name));
    tally.addCases("peers", { name, version, transport, cases });
  }
}
