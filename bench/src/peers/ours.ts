import { type ChannelOptions, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import { CALL_TIMEOUT_MS, MAX_MESSAGE_BYTES, type Peer, type PeerTarget, SERVER_NAME } from "../peer.ts";
import { checkAnswer, REQUEST, SERVICE } from "../workload.ts";
import { connectStreams } from "./connect-streams.ts";

/** A Connect client over our channel, balanced over all addresses, a deadline on each call and retries armed. */
export function createOurPeer(target: PeerTarget, options: ChannelOptions = {}): Peer {
  const channel = createChannel(oursTarget(target), { ...oursOptions(target), ...options });
  const transport = createConnectTransport(channel);
  const client = createClient(SERVICE, transport);
  return {
    call: async () => checkAnswer(await client.getWorkflow(REQUEST)),
    ...connectStreams(transport),
    close: () => channel.close(),
  };
}

/** The same over `node:http2`. */
export function createOverNodeHttp2Peer(target: PeerTarget): Peer {
  return createOurPeer(target, { transport: "node:http2" });
}

export function oursTarget({ addresses }: PeerTarget): string {
  return `ipv4:${addresses.join(",")}`;
}

export function oursOptions({ ca, subsetSize }: PeerTarget): ChannelOptions {
  const tls = ca === undefined ? undefined : { ca, serverName: SERVER_NAME };
  return { unaryTimeoutMs: CALL_TIMEOUT_MS, maxReceiveMessageBytes: MAX_MESSAGE_BYTES, subsetSize, tls };
}
