import type { GetWorkflowRequest, GetWorkflowResponse } from "@agent-team/contracts";
import { createChannel, createClient } from "nice-grpc";
import type { Peer, PeerTarget } from "../peer.ts";
import { checkAnswer, decode, encode, PATH, REQUEST } from "../workload.ts";
import { grpcJsCredentials, grpcJsOptions, grpcJsTarget } from "./grpc-js.ts";

/** A client uses two of the four functions; the type asks for those of a server too. */
const definition = {
  getWorkflow: {
    path: PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: GetWorkflowRequest): Uint8Array => encode(request),
    requestDeserialize: (): GetWorkflowRequest => REQUEST,
    responseSerialize: (): Uint8Array => new Uint8Array(),
    responseDeserialize: (bytes: Uint8Array): GetWorkflowResponse => decode(bytes),
    options: {},
  },
} as const;

/** nice-grpc over the same grpc-js channel. Its deadlines are a middleware of another package: none here, in its favour. */
export function createNiceGrpcPeer(target: PeerTarget): Peer {
  const channel = createChannel(grpcJsTarget(target), grpcJsCredentials(target), grpcJsOptions(target));
  const client = createClient(definition, channel);
  return {
    call: async () => checkAnswer(await client.getWorkflow(REQUEST)),
    close: () => channel.close(),
  };
}
