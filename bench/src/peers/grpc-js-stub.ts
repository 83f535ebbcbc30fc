import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannel } from "@agent-team/grpc-client/grpc-js";
import { Client, credentials } from "@grpc/grpc-js";
import type { Peer, PeerTarget } from "../peer.ts";
import { peerOf } from "./grpc-js.ts";
import { oursOptions, oursTarget } from "./ours.ts";

/** A stub of grpc-js over our channel: one line more than without it. Without definitions, as a service changes first. */
export function createGrpcJsStubPeer(target: PeerTarget): Peer {
  const channelOverride = createGrpcJsChannel(createChannel(oursTarget(target), oursOptions(target)));
  return peerOf(new Client("not used", credentials.createInsecure(), { channelOverride }));
}
