/** A client of the hosts: the real channel, or a peer. */

import type { Call } from "./calls.ts";
import type { Server } from "./world.ts";

export interface Client {
  /** How often it has ejected an endpoint. */
  readonly ejections: number;
  start(call: Call): void;
  /** The servers that discovery lists from now on. */
  update(servers: readonly Server[]): void;
  /** The run is over. */
  close(): void;
}
