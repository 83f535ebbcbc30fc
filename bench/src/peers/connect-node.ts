import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { CALL_TIMEOUT_MS, type Peer, type PeerTarget, SERVER_NAME } from "../peer.ts";
import { checkAnswer, REQUEST, SERVICE } from "../workload.ts";
import { connectStreams } from "./connect-streams.ts";

/** The gRPC transport of connect-node. It has no balancing: one connection, to the first address. */
export function createConnectNodePeer({ addresses, ca }: PeerTarget): Peer {
  const baseUrl = `${ca === undefined ? "http" : "https"}://${addresses[0]}`;
  const tls = ca === undefined ? undefined : { ca, servername: SERVER_NAME };
  const sessionManager = new Http2SessionManager(baseUrl, undefined, tls);
  const transport = createGrpcTransport({ baseUrl, sessionManager, defaultTimeoutMs: CALL_TIMEOUT_MS });
  const client = createClient(SERVICE, transport);
  return {
    call: async () => checkAnswer(await client.getWorkflow(REQUEST)),
    ...connectStreams(transport),
    close: () => sessionManager.abort(),
  };
}
