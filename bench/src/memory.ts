/**
 * What a client holds: of an idle connection, and of a call that is under way. The memory of a process after it has opened many, less that
 * before, each after a collection of all garbage. At the top the resident memory of an idle connection over plaintext.
 */

import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { median } from "./median.ts";
import type { PeerTarget } from "./peer.ts";
import type { PeerName } from "./peers.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";

const KIB = 1024;
/** All of them: the default would be 64. */
const MAX_SUBSET_SIZE = 100_000;
/**
 * `before`: connections that are open already, and the calls on them. They load code, which V8 compiles, and fill pools and the arenas of
 * malloc: that is no connection's cost, and it differs by megabytes between equal processes. The first thousand connections carry it, and
 * further ones do not (docs/decisions/0060). `callsPerConnection`: round_robin and our default reach each connection with them, so each is
 * open and has been used. `hanging`: calls that are under way on so many connections.
 */
const FULL = {
  before: { connections: 1_000, calls: 30_000 },
  connections: 1_000,
  callsPerConnection: 8,
  hanging: { connections: 50, calls: 10_000 },
  runs: 5,
  /** Of TLS and of calls, whose figures vary less. */
  fewerRuns: 3,
};
const QUICK: typeof FULL = {
  before: { connections: 5, calls: 20 },
  connections: 10,
  callsPerConnection: 2,
  hanging: { connections: 5, calls: 20 },
  runs: 1,
  fewerRuns: 1,
};

export async function memory({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const { before, connections, callsPerConnection, hanging, runs, fewerRuns } = quick ? QUICK : FULL;
  await using processes = new AsyncDisposableStack();
  const ports = before.connections + connections;
  const plain = (await LoadServer.start(processes, ports)).target;
  const tls = (await LoadServer.startTls(processes, ports)).target;
  tell(`${connections} idle connections, each to a port of one server: loopback, plaintext and TLS`);
  tell(`${hanging.calls} calls under way on ${hanging.connections} connections: plaintext`);

  const table = async <Name extends PeerName>(
    of: string,
    times: number,
    names: readonly Name[],
    measure: (name: Name) => Promise<HeldBytes>,
  ) => {
    const figures = names.map((name) => ({ name, held: [] as HeldBytes[] }));
    for (let run = 1; run <= times; run++)
      for (const { name, held } of figures) {
        progress(`${of}: run ${run} of ${times}: ${name}`);
        held.push(await measure(name));
      }
    return (what: keyof HeldBytes): Omit<Variant, "unit"> => {
      const medians = figures.map(({ name, held }) => [name, median(held.map((one) => one[what])) / KIB] as const);
      const [[, ours], ...peers] = medians as [(typeof medians)[number], ...typeof medians];
      return { ours, peers: Object.fromEntries(peers) };
    };
  };
  const perConnection = (target: PeerTarget) => (name: PeerName) => {
    const used = (addresses: readonly string[], calls: number): Used => ({ target: { ...target, addresses }, calls });
    return heldPerConnection(
      name,
      used(target.addresses.slice(0, before.connections), before.calls),
      used(target.addresses.slice(before.connections), connections * callsPerConnection),
    );
  };
  const idle = await table("idle", runs, ["ours", "over-node-http2", "grpc-js", "sockets"], perConnection(plain));
  const idleTls = await table("idle, TLS", fewerRuns, ["ours", "grpc-js", "sockets"], perConnection(tls));
  const few = { target: { ...plain, addresses: plain.addresses.slice(0, hanging.connections) }, calls: before.calls };
  const calls = await table("calls", fewerRuns, ["bytes", "grpc-js-stub", "grpc-js"], (name) =>
    heldPerCall(name, few, hanging.calls),
  );
  return {
    unit: "KiB per idle connection",
    ...idle("resident"),
    variants: {
      "objects-and-buffers": idle("used"),
      tls: idleTls("resident"),
      "tls-objects-and-buffers": idleTls("used"),
      "call-in-flight": { unit: "KiB per call under way", ...calls("resident") },
      "call-in-flight-objects-and-buffers": { unit: "KiB per call under way", ...calls("used") },
    },
    notes: [
      `medians of ${runs} runs, of TLS and calls ${fewerRuns}, each in new processes: growth of RSS with ${connections} more connections behind the first ${before.connections}, or with ${hanging.calls} calls`,
      "objects-and-buffers: the same with the used heap and external memory; sockets: of Node, without anything on them, and opened all at once",
      "call-in-flight: the channel in bytes, a stub of grpc-js on our channel, and grpc-js",
    ],
  };
}

/** Connections, and the calls that are made on them. */
interface Used {
  readonly target: PeerTarget;
  readonly calls: number;
}

async function heldPerConnection(name: PeerName, few: Used, more: Used): Promise<HeldBytes> {
  await using client = await Client.start(name, few);
  const before = await client.held();
  await client.ask({ kind: "further-client", target: all(more.target) });
  await client.call(more.calls);
  return perEach(before, await client.held(), more.target.addresses.length);
}

async function heldPerCall(name: PeerName, few: Used, calls: number): Promise<HeldBytes> {
  await using client = await Client.start(name, few);
  const before = await client.held();
  await client.ask({ kind: "hang", calls });
  // When these are answered, those have been sent.
  await client.call(few.target.addresses.length);
  return perEach(before, await client.held(), calls);
}

function perEach(before: HeldBytes, after: HeldBytes, count: number): HeldBytes {
  return { used: (after.used - before.used) / count, resident: (after.resident - before.resident) / count };
}

function all(target: PeerTarget): PeerTarget {
  return { ...target, subsetSize: MAX_SUBSET_SIZE };
}

/** A process with one client, which has made calls. */
class Client implements AsyncDisposable {
  readonly #peer: RunningPeer;
  readonly #processes: AsyncDisposableStack;

  private constructor(peer: RunningPeer, processes: AsyncDisposableStack) {
    this.#peer = peer;
    this.#processes = processes;
  }

  static async start(name: PeerName, { target, calls }: Used): Promise<Client> {
    const processes = new AsyncDisposableStack();
    const [peer] = startPeers(processes, [name], all(target)) as [RunningPeer];
    const client = new Client(peer, processes);
    await client.call(calls);
    return client;
  }

  ask(request: LoadRequest): Promise<LoadReport> {
    return this.#peer.child.ask<LoadReport>(request);
  }

  async call(calls: number): Promise<void> {
    await this.ask({ kind: "closed-loop", calls, inFlight: 64 });
  }

  async held(): Promise<HeldBytes> {
    const { held } = await this.ask({ kind: "memory" });
    if (held === undefined) throw new Error(`${this.#peer.name} did not say what it holds`);
    return held;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#processes.disposeAsync();
  }
}
