/**
 * Client CPU per unary call, of three processes of each peer. The figures at the top are of a Connect client of ours, two
 * endpoints, plaintext, 64 calls in flight. The variants are other clients of our channel, or other circumstances: TLS, ten
 * endpoints, one call in flight.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import type { LoadServerReport } from "./load-server.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";
import { beside, type Taken, takeTurns } from "./turns.ts";

interface Volume {
  readonly processes: number;
  /** Calls of each process before those that count, for connections and the JIT. */
  readonly warmUpCalls: number;
  /** Calls of a turn, and turns of each process, with many calls in flight. */
  readonly calls: number;
  readonly rounds: number;
  /** The same with one in flight. Each call then has a read and a write of its own: the JIT has seen few of these in what came before. */
  readonly aloneWarmUpCalls: number;
  readonly aloneCalls: number;
  readonly aloneRounds: number;
  /** A scene that began later than planned has one round all the same. */
  readonly secondsOfScene: number;
}

/**
 * performance.md section 1: 40,000 calls of each peer. Each peer's rounds get faster, with a relapse around its 10,000th call, until
 * its 14,000th.
 */
const FULL: Volume = {
  processes: 3,
  warmUpCalls: 14_000,
  calls: 1_700,
  rounds: 8,
  aloneWarmUpCalls: 5_000,
  aloneCalls: 500,
  aloneRounds: 6,
  secondsOfScene: 75,
};
const QUICK: Volume = {
  processes: 1,
  warmUpCalls: 100,
  calls: 100,
  rounds: 2,
  aloneWarmUpCalls: 10,
  aloneCalls: 10,
  aloneRounds: 1,
  secondsOfScene: 75,
};
const IN_FLIGHT = 64;
/** Of the time of a scene: the rest is for one call in flight. */
const MANY_RATIO = 0.75;

const CLIENTS = ["ours", "grpc-js-stub", "grpc-js", "nice-grpc", "connect-node", "node:http2"] as const;
type Client = (typeof CLIENTS)[number] | "over-node-http2";

/** One server and its clients. */
interface Scene {
  readonly title: string;
  readonly endpoints: number;
  readonly isTls: boolean;
  readonly clients: readonly Client[];
  /** Whether calls are made one at a time too, after the others. */
  readonly isAlsoAlone: boolean;
}

const PLAIN: Scene = {
  title: "2 endpoints",
  endpoints: 2,
  isTls: false,
  clients: [...CLIENTS, "over-node-http2"],
  isAlsoAlone: true,
};
/** Without connect-node, which loses a call there now and then ("Premature close" of Node's HTTP/2), and the run with it. */
const TLS: Scene = {
  title: "TLS",
  endpoints: 2,
  isTls: true,
  clients: CLIENTS.filter((client) => client !== "connect-node"),
  isAlsoAlone: true,
};
const TEN: Scene = { title: "10 endpoints", endpoints: 10, isTls: false, clients: CLIENTS, isAlsoAlone: false };

interface Results {
  readonly many: Taken<Client>;
  readonly alone: Taken<Client> | undefined;
  readonly server: string;
}

export async function unary(options: RunOptions): Promise<Figures> {
  const volume = options.quick ? QUICK : FULL;
  const plain = await play(PLAIN, volume, options);
  const tls = await play(TLS, volume, options);
  const ten = await play(TEN, volume, options);
  const alone = plain.alone?.medians ?? plain.many.medians;
  const aloneTls = tls.alone?.medians ?? tls.many.medians;
  const variants = {
    "over-node-http2": beside(plain.many.medians, "over-node-http2"),
    tls: beside(tls.many.medians, "ours"),
    "grpc-js-stub": beside(plain.many.medians, "grpc-js-stub"),
    "grpc-js-stub-tls": beside(tls.many.medians, "grpc-js-stub"),
    "ten-endpoints": beside(ten.many.medians, "ours"),
    "grpc-js-stub-ten-endpoints": beside(ten.many.medians, "grpc-js-stub"),
    "one-in-flight": beside(alone, "ours"),
    "one-in-flight-tls": beside(aloneTls, "ours"),
    "grpc-js-stub-one-in-flight": beside(alone, "grpc-js-stub"),
  };
  const rounds = [plain, tls, ten].map(({ many }) => many.rounds).join(", ");
  const notes = [
    `medians of ${volume.processes} processes of each peer in turn, ${rounds} rounds of ${volume.calls} calls (plaintext, TLS, 10 endpoints)`,
    `one in flight: ${plain.alone?.rounds} rounds of ${volume.aloneCalls} calls, after a warm-up of their own`,
    plain.server,
  ];
  return { unit: "µs CPU per call", ...beside(plain.many.medians, "ours"), variants, notes };
}

async function play(scene: Scene, volume: Volume, { tell, progress }: RunOptions): Promise<Results> {
  const { title, endpoints, isTls, clients, isAlsoAlone } = scene;
  const endMs = performance.now() + volume.secondsOfScene * 1_000;
  await using processes = new AsyncDisposableStack();
  const server = await (isTls ? LoadServer.startTls(processes, endpoints) : LoadServer.start(processes, endpoints));
  const peers = startPeers(processes, clients, server.target, volume.processes);
  tell(`${title}: ${IN_FLIGHT} calls in flight, loopback, ${isTls ? "TLS" : "plaintext"}, 100 bytes there and back`);
  progress(`${title}: warming up`);
  await Promise.all(peers.map((peer) => microsPerCall(peer, volume.warmUpCalls, IN_FLIGHT)));
  // Once in turn as well: the JIT's threads still compile what has become hot, and the collector's clean up.
  for (const peer of peers) await microsPerCall(peer, volume.calls, IN_FLIGHT);

  const before = await server.report();
  const beganMs = performance.now();
  const onRound = (round: number): void => progress(`${title}: round ${round} of ${volume.rounds}`);
  const untilMs = beganMs + (endMs - beganMs) * (isAlsoAlone ? MANY_RATIO : 1);
  const many = await takeTurns(peers, { rounds: volume.rounds, untilMs, onRound }, (peer) =>
    microsPerCall(peer, volume.calls, IN_FLIGHT),
  );
  const used = describeServer(before, await server.report(), (performance.now() - beganMs) * 1_000);
  if (!isAlsoAlone) return { many, alone: undefined, server: used };
  progress(`${title}: warming up for one call in flight`);
  await Promise.all(peers.map((peer) => microsPerCall(peer, volume.aloneWarmUpCalls, 1)));
  const alone = await takeTurns(peers, { rounds: volume.aloneRounds, untilMs: endMs, onRound }, (peer) =>
    microsPerCall(peer, volume.aloneCalls, 1),
  );
  return { many, alone, server: used };
}

async function microsPerCall({ child }: RunningPeer, calls: number, inFlight: number): Promise<number> {
  const request: LoadRequest = { kind: "closed-loop", calls, inFlight };
  return (await child.ask<LoadReport>(request)).cpuMicros / calls;
}

function describeServer(before: LoadServerReport, after: LoadServerReport, elapsedMicros: number): string {
  const cpuMicros = after.cpuMicros - before.cpuMicros;
  const perCall = cpuMicros / (after.calls - before.calls);
  const busy = (100 * cpuMicros) / elapsedMicros;
  return `the load server used ${perCall.toFixed(1)} µs CPU per call and ${busy.toFixed(0)} % of one core`;
}
