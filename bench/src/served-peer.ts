/** One server under measurement in a process of its own: says where it listens and what it has used. */

import { answerParent } from "./child.ts";
import { cpuMicros } from "./cpu.ts";
import { type HeldBytes, heldBytes } from "./held-bytes.ts";
import { SERVERS, type ServerName } from "./servers.ts";

export interface ServedRequest {
  /** Asks for `held`, too: collects all garbage. Default false. */
  readonly memory?: boolean;
}

/** What a server answers to any question. */
export interface ServedReport {
  readonly port: number;
  /** Since the process started. */
  readonly cpuMicros: number;
  readonly held?: HeldBytes;
}

const [name] = process.argv.slice(2) as [ServerName];
const start = await SERVERS[name]();
const port = await start();

answerParent(
  ({ memory = false }: ServedRequest): ServedReport => ({
    port,
    cpuMicros: cpuMicros(),
    ...(memory && { held: heldBytes() }),
  }),
);
