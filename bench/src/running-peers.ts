/** The peers of a benchmark, each in processes of its own, and the server that they call. */

import { CertificateAuthority } from "@agent-team/certificate-authority";
import { systemClock } from "@agent-team/foundation/clock";
import { type HostPort, parseHostPort } from "@agent-team/foundation/host-port";
import { Child } from "./child.ts";
import type { LoadServerOptions, LoadServerReport } from "./load-server.ts";
import { type PeerTarget, SERVER_NAME } from "./peer.ts";
import type { PeerName } from "./peers.ts";

export interface RunningPeer<Name extends PeerName = PeerName> {
  readonly name: Name;
  readonly child: Child;
}

/** `host:port` in its parts. */
export function addressOf(text: string): HostPort {
  const parsed = parseHostPort(text);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.value;
}

export class LoadServer {
  readonly target: PeerTarget;
  readonly #child: Child;

  private constructor(child: Child, target: PeerTarget) {
    this.#child = child;
    this.target = target;
  }

  /** Listens on so many ports, the last of which answers so much later. `processes` ends it. */
  static start(processes: AsyncDisposableStack, ports: number, slowMs = 0): Promise<LoadServer> {
    return LoadServer.#start(processes, { ports, slowMs }, undefined);
  }

  /** The same over TLS, with a certificate of a CA of its own. */
  static async startTls(processes: AsyncDisposableStack, ports: number): Promise<LoadServer> {
    const authority = await CertificateAuthority.create("bench", systemClock.wallNow());
    const identity = await authority.issue({ name: SERVER_NAME, dnsNames: [SERVER_NAME] });
    return LoadServer.#start(processes, { ports, identity }, authority.certificate);
  }

  static async #start(
    processes: AsyncDisposableStack,
    options: LoadServerOptions,
    ca: string | undefined,
  ): Promise<LoadServer> {
    const child = processes.use(new Child("the load server", "./load-server.ts", [JSON.stringify(options)]));
    const { addresses } = await child.ask<LoadServerReport>({});
    return new LoadServer(child, { addresses, ca });
  }

  report(): Promise<LoadServerReport> {
    return this.#child.ask<LoadServerReport>({});
  }
}

/**
 * Starts processes for each of them, in the order of their turns: A B C A B C … `processes` ends them. Equal processes differ by a
 * tenth, so that one is not enough for a ratio.
 */
export function startPeers<Name extends PeerName>(
  processes: AsyncDisposableStack,
  names: readonly Name[],
  target: PeerTarget,
  ofEach = 1,
): readonly RunningPeer<Name>[] {
  const all = Array.from({ length: ofEach }, () => names).flat();
  return all.map((name) => ({
    name,
    child: processes.use(new Child(name, "./load-client.ts", [name, JSON.stringify(target)])),
  }));
}
