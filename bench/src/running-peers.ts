/** The peers of a benchmark, each in a process of its own, and the server that they call. */

import { Child } from "./child.ts";
import type { LoadServerReport } from "./load-server.ts";
import type { PeerName } from "./peers.ts";

export interface RunningPeer<Name extends PeerName = PeerName> {
  readonly name: Name;
  readonly child: Child;
}

export class LoadServer {
  readonly addresses: readonly string[];
  readonly #child: Child;

  private constructor(child: Child, addresses: readonly string[]) {
    this.#child = child;
    this.addresses = addresses;
  }

  /** Listens on so many ports. `processes` ends it. */
  static async start(processes: AsyncDisposableStack, ports: number): Promise<LoadServer> {
    const child = processes.use(new Child("the load server", "./load-server.ts", [String(ports)]));
    const { addresses } = await child.ask<LoadServerReport>({});
    return new LoadServer(child, addresses);
  }

  report(): Promise<LoadServerReport> {
    return this.#child.ask<LoadServerReport>({});
  }
}

/** Starts a process for each of them. `processes` ends them. */
export function startPeers<Name extends PeerName>(
  processes: AsyncDisposableStack,
  names: readonly Name[],
  addresses: readonly string[],
): readonly RunningPeer<Name>[] {
  return names.map((name) => ({
    name,
    child: processes.use(new Child(name, "./load-client.ts", [name, ...addresses])),
  }));
}
