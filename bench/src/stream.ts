/**
 * Client CPU per message of streams: server streams of 100 small messages, and as many small messages there and back, one after
 * another. At the top a Connect client of ours, whose server streams it reads; the variants are a stub of grpc-js over our channel, our
 * channel in bytes, and the ping-pong of each.
 */

import type { Figures, RunOptions } from "./benchmark.ts";
import { STREAM_MESSAGES } from "./echo.ts";
import type { LoadReport, LoadRequest } from "./load-client.ts";
import { LoadServer, type RunningPeer, startPeers } from "./running-peers.ts";
import { beside, takeTurns } from "./turns.ts";

const CLIENTS = ["ours", "grpc-js-stub", "bytes", "grpc-js", "connect-node"] as const;
/**
 * Of each kind. What runs once in a stream is compiled by TurboFan around the 10,000th, which takes longer than thousands of our streams, so that a
 * process has more behind it when it is measured. `leadStreams` begin each turn and do not count: they find the caches of the processor as other
 * peers have left them. See docs/decisions/0063.
 */
const FULL = {
  processes: 3,
  serverStream: { warmUpStreams: 12_000, leadStreams: 500, streams: 3_000, rounds: 6, seconds: 100 },
  pingPong: { warmUpStreams: 1_500, leadStreams: 0, streams: 600, rounds: 8, seconds: 45 },
};
const SMALLEST = { warmUpStreams: 2, leadStreams: 1, streams: 2, rounds: 1, seconds: 45 };
const QUICK: typeof FULL = { processes: 1, serverStream: SMALLEST, pingPong: SMALLEST };
/** So many streams at a time. */
const IN_FLIGHT = 16;

type Kind = "serverStream" | "pingPong";

export async function stream({ quick, tell, progress }: RunOptions): Promise<Figures> {
  const volume = quick ? QUICK : FULL;
  const { processes: ofEach } = volume;
  await using processes = new AsyncDisposableStack();
  const server = await LoadServer.start(processes, 2);
  const peers = startPeers(processes, CLIENTS, server.target, ofEach);
  tell(`${IN_FLIGHT} streams at a time to 2 endpoints: loopback, plaintext, 100 bytes a message`);

  const measure = async (kind: Kind) => {
    const { warmUpStreams, leadStreams, streams, rounds, seconds } = volume[kind];
    progress(`${kind}: warming up`);
    await Promise.all(peers.map((peer) => microsPerMessage(peer, kind, { streams: warmUpStreams })));
    const untilMs = performance.now() + seconds * 1_000;
    const onRound = (round: number): void => progress(`${kind}: round ${round} of ${rounds}`);
    return await takeTurns(peers, { rounds, untilMs, onRound }, (peer) =>
      microsPerMessage(peer, kind, { leadStreams, streams }),
    );
  };
  const { medians, rounds: taken } = await measure("serverStream");
  const { medians: pingPong, rounds: takenOfPingPong } = await measure("pingPong");
  const variants = {
    "grpc-js-stub": beside(medians, "grpc-js-stub"),
    bytes: beside(medians, "bytes"),
    "ping-pong": beside(pingPong, "ours"),
    "grpc-js-stub-ping-pong": beside(pingPong, "grpc-js-stub"),
    "bytes-ping-pong": beside(pingPong, "bytes"),
  };
  const notes = [
    `medians of ${ofEach} processes of each peer in turn, ${taken} rounds of ${volume.serverStream.streams} server streams with ${STREAM_MESSAGES} messages each, behind ${volume.serverStream.warmUpStreams} of each process and ${volume.serverStream.leadStreams} of each turn`,
    `ping-pong: ${takenOfPingPong} rounds of ${volume.pingPong.streams} streams; a message there and a message back count as one`,
  ];
  return { unit: "µs CPU per message", ...beside(medians, "ours"), variants, notes };
}

interface Turn {
  /** Before those that count. Default: none. */
  readonly leadStreams?: number;
  readonly streams: number;
}

async function microsPerMessage({ child }: RunningPeer, kind: Kind, { leadStreams, streams }: Turn): Promise<number> {
  const request: LoadRequest = {
    kind: "closed-loop",
    lead: leadStreams,
    calls: streams,
    inFlight: IN_FLIGHT,
    of: kind,
  };
  return (await child.ask<LoadReport>(request)).cpuMicros / streams / STREAM_MESSAGES;
}
