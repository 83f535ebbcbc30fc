// The peers by the names that reports and `--json` use. One process loads one of them only: what a library leaves in the heap
// and in the JIT is its own. `ours` and `grpc-js-stub` are two clients of our channel,
// and `own-http2` is the first of them over our own HTTP/2.

import type { PeerFactory } from "./peer.ts";

export type PeerName = "ours" | "own-http2" | "grpc-js-stub" | "grpc-js" | "nice-grpc" | "connect-node" | "node:http2";

export const PEERS: Readonly<Record<PeerName, () => Promise<PeerFactory>>> = {
  ours: async () => (await import("./peers/ours.ts")).createOurPeer,
  "own-http2": async () => (await import("./peers/ours.ts")).createOwnHttp2Peer,
  "grpc-js-stub": async () => (await import("./peers/grpc-js-stub.ts")).createGrpcJsStubPeer,
  "grpc-js": async () => (await import("./peers/grpc-js.ts")).createGrpcJsPeer,
  "nice-grpc": async () => (await import("./peers/nice-grpc.ts")).createNiceGrpcPeer,
  "connect-node": async () => (await import("./peers/connect-node.ts")).createConnectNodePeer,
  "node:http2": async () => (await import("./peers/node-http2.ts")).createNodeHttp2Peer,
};
