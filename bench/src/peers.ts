// The peers by the names that reports and `--json` use. One process loads one of them only: what a library leaves in the heap
// and in the JIT is its own. `ours`, `grpc-js-stub` and `bytes` are clients of our channel, and `over-node-http2` is the first of them
// over Node's HTTP/2. `grpc-js-window` is grpc-js with its largest window, and `sockets` opens connections
// and makes no calls.

import type { PeerFactory } from "./peer.ts";

export type PeerName =
  | "ours"
  | "over-node-http2"
  | "grpc-js-stub"
  | "grpc-js"
  | "nice-grpc"
  | "connect-node"
  | "bytes"
  | "grpc-js-window"
  | "node:http2"
  | "sockets";

export const PEERS: Readonly<Record<PeerName, () => Promise<PeerFactory>>> = {
  ours: async () => (await import("./peers/ours.ts")).createOurPeer,
  "over-node-http2": async () => (await import("./peers/ours.ts")).createOverNodeHttp2Peer,
  bytes: async () => (await import("./peers/bytes.ts")).createBytesPeer,
  "grpc-js-stub": async () => (await import("./peers/grpc-js-stub.ts")).createGrpcJsStubPeer,
  "grpc-js": async () => (await import("./peers/grpc-js.ts")).createGrpcJsPeer,
  "grpc-js-window": async () => (await import("./peers/grpc-js.ts")).createGrpcJsWindowPeer,
  "nice-grpc": async () => (await import("./peers/nice-grpc.ts")).createNiceGrpcPeer,
  "connect-node": async () => (await import("./peers/connect-node.ts")).createConnectNodePeer,
  sockets: async () => (await import("./peers/sockets.ts")).createSocketsPeer,
  "node:http2": async () => (await import("./peers/node-http2.ts")).createNodeHttp2Peer,
};
