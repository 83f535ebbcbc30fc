// A generated client of grpc-js (as grpc-tools and ts-proto write it) keeps its address, credentials and options.

import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannel, createGrpcJsChannelFactory } from "@agent-team/grpc-client/grpc-js";
import * as grpc from "@grpc/grpc-js";

const TestServiceService = {
  emptyCall: {
    path: "/grpc.testing.TestService/EmptyCall",
    requestStream: false,
    responseStream: false,
    requestSerialize: (_: object): Buffer => Buffer.alloc(0),
    requestDeserialize: (_: Buffer): object => ({}),
    responseSerialize: (_: object): Buffer => Buffer.alloc(0),
    responseDeserialize: (_: Buffer): object => ({}),
  },
} as const;

class TestServiceClient extends grpc.makeGenericClientConstructor(TestServiceService, "TestService") {
  call(): Promise<object> {
    const { path, requestSerialize, responseDeserialize } = TestServiceService.emptyCall;
    return new Promise((resolve, reject) => {
      this.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, (error, response) =>
        error === null ? resolve(response ?? {}) : reject(error),
      );
    });
  }
}

const address = process.argv[2] ?? "";
const insecure = grpc.credentials.createInsecure();
const channelFactoryOverride = createGrpcJsChannelFactory(createChannel);
const channelOverride = createGrpcJsChannel(createChannel(address), { services: [TestServiceService] });
for (const options of [{ channelFactoryOverride }, { channelOverride }]) {
  const client = new TestServiceClient(address, insecure, { "grpc.keepalive_time_ms": 20_000, ...options });
  await client.call();
  client.close();
}
console.log("ok");
