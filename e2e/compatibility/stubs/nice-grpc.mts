// A client of nice-grpc: the channel takes the place of its createChannel.

import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannel } from "@agent-team/grpc-client/grpc-js";
import { type Channel, createClient } from "nice-grpc";

const TestServiceDefinition = {
  emptyCall: {
    path: "/grpc.testing.TestService/EmptyCall",
    requestStream: false,
    responseStream: false,
    requestSerialize: (_: object): Uint8Array => new Uint8Array(),
    requestDeserialize: (_: Uint8Array): object => ({}),
    responseSerialize: (_: object): Uint8Array => new Uint8Array(),
    responseDeserialize: (_: Uint8Array): object => ({}),
    options: {},
  },
} as const;

const channel = createGrpcJsChannel<Channel>(createChannel(process.argv[2] ?? ""), {
  services: [TestServiceDefinition],
});
const client = createClient(TestServiceDefinition, channel);
await client.emptyCall({});
channel.close();
console.log("ok");
