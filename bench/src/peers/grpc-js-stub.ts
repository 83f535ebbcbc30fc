import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannel } from "@agent-team/grpc-client/grpc-js";
import { Client, credentials } from "@grpc/grpc-js";
import type { Peer } from "../peer.ts";
import { grpcJsTarget, peerOf } from "./grpc-js.ts";

/** A stub of grpc-js over our channel: one line more than without it. Without definitions, as a service changes first. */
export function createGrpcJsStubPeer(addresses: readonly string[]): Peer {
  const channelOverride = createGrpcJsChannel(createChannel(grpcJsTarget(addresses)));
  return peerOf(new Client("not used", credentials.createInsecure(), { channelOverride }));
}
