/**
 * One peer in a process of its own: makes as many calls as it is told and says what they took. Its libraries, their
 * garbage and what the JIT learns from them stay out of the other peers' figures, and it stays warm between its turns.
 */

import { answerParent } from "./child.ts";
import { cpuMicros } from "./cpu.ts";
import { type HeldBytes, heldBytes } from "./held-bytes.ts";
import { openLoop } from "./open-loop.ts";
import type { Peer, PeerTarget } from "./peer.ts";
import { PEERS, type PeerName } from "./peers.ts";

export type LoadRequest =
  /** So many calls, so many at a time: unary ones by default. */
  | {
      readonly kind: "closed-loop";
      readonly calls: number;
      readonly inFlight: number;
      /** So many before them, which do not count. Default: none. */
      readonly lead?: number | undefined;
      readonly of?: "call" | "serverStream" | "pingPong" | undefined;
    }
  /** The same with large messages. */
  | { readonly kind: "large"; readonly calls: number; readonly inFlight: number; readonly bytes: number }
  /** Begins so many calls that nothing answers. */
  | { readonly kind: "hang"; readonly calls: number }
  /** A call at each instant of a fixed rate, whether or not the one before it has ended. */
  | { readonly kind: "open-loop"; readonly calls: number; readonly perSecond: number }
  /** A further client, which makes all calls from here on. The connections of the one before stay open. */
  | { readonly kind: "further-client"; readonly target: PeerTarget }
  /** What the process holds after a collection of all garbage. */
  | { readonly kind: "memory" };

export interface LoadReport {
  /** Of all calls that count together. */
  readonly cpuMicros: number;
  readonly elapsedMs?: number;
  /** Of each call of an open loop, from its intended start. */
  readonly latenciesMs?: readonly number[];
  readonly held?: HeldBytes;
}

const [name, target] = process.argv.slice(2) as [PeerName, string];
const createPeer = await PEERS[name]();
let peer = createPeer(JSON.parse(target) as PeerTarget);

answerParent(async (request: LoadRequest): Promise<LoadReport> => {
  const start = process.cpuUsage();
  switch (request.kind) {
    case "closed-loop": {
      const { calls, inFlight, lead = 0, of = "call" } = request;
      const call = methodOf(of);
      await closedLoop({ calls: lead, inFlight }, call);
      const afterLead = process.cpuUsage();
      await closedLoop({ calls, inFlight }, call);
      return { cpuMicros: cpuMicros(afterLead) };
    }
    case "large": {
      const startedMs = performance.now();
      const large = methodOf("large");
      await closedLoop(request, () => large(request.bytes));
      return { cpuMicros: cpuMicros(start), elapsedMs: performance.now() - startedMs };
    }
    case "hang": {
      const hang = methodOf("hang");
      for (let i = 0; i < request.calls; i++) hang();
      return { cpuMicros: cpuMicros(start) };
    }
    case "open-loop": {
      const latenciesMs = await openLoop(() => peer.call(), request);
      return { cpuMicros: cpuMicros(start), latenciesMs };
    }
    case "further-client":
      peer = createPeer(request.target);
      return { cpuMicros: cpuMicros(start) };
    case "memory":
      return { cpuMicros: 0, held: heldBytes() };
    default:
      return request satisfies never;
  }
});

function methodOf<Method extends keyof Peer>(method: Method): NonNullable<Peer[Method]> {
  const found = peer[method];
  if (found === undefined) throw new Error(`${name} has no ${method}`);
  return found;
}

async function closedLoop(
  { calls, inFlight }: { readonly calls: number; readonly inFlight: number },
  call: () => Promise<void>,
): Promise<void> {
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
