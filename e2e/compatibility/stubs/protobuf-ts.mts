// A client of protobuf-ts over its grpc-transport, as its generator writes it.

import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannelFactory } from "@agent-team/grpc-client/grpc-js";
import * as grpc from "@grpc/grpc-js";
import { GrpcTransport } from "@protobuf-ts/grpc-transport";
import { MessageType } from "@protobuf-ts/runtime";
import { ServiceType, stackIntercept, type UnaryCall } from "@protobuf-ts/runtime-rpc";

const Empty = new MessageType<object>("grpc.testing.Empty", []);
const TestService = new ServiceType("grpc.testing.TestService", [
  { name: "EmptyCall", options: {}, I: Empty, O: Empty },
]);

class TestServiceClient {
  readonly #transport: GrpcTransport;

  constructor(transport: GrpcTransport) {
    this.#transport = transport;
  }

  emptyCall(input: object): UnaryCall<object, object> {
    const [method] = TestService.methods;
    if (method === undefined) throw new Error("the service has no method");
    return stackIntercept<object, object>("unary", this.#transport, method, this.#transport.mergeOptions(), input);
  }
}

const transport = new GrpcTransport({
  host: process.argv[2] ?? "",
  channelCredentials: grpc.credentials.createInsecure(),
  clientOptions: { channelFactoryOverride: createGrpcJsChannelFactory(createChannel) },
});
await new TestServiceClient(transport).emptyCall({}).response;
transport.close();
console.log("ok");
