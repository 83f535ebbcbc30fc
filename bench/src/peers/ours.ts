import { type ChannelOptions, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import { CALL_TIMEOUT_MS, type Peer } from "../peer.ts";
import { checkAnswer, REQUEST, SERVICE } from "../workload.ts";

/** A Connect client over our channel, balanced over all addresses, a deadline on each call and retries armed. */
export function createOurPeer(addresses: readonly string[], options: ChannelOptions = {}): Peer {
  const channel = createChannel(`ipv4:${addresses.join(",")}`, { unaryTimeoutMs: CALL_TIMEOUT_MS, ...options });
  const client = createClient(SERVICE, createConnectTransport(channel));
  return {
    call: async () => checkAnswer(await client.getWorkflow(REQUEST)),
    close: () => channel.close(),
  };
}

/** The same over `node:http2`. */
export function createOverNodeHttp2Peer(addresses: readonly string[]): Peer {
  return createOurPeer(addresses, { transport: "node:http2" });
}
