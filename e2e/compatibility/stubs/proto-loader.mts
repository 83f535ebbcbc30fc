// A client of proto-loader, with the types that its generator writes by hand: the package's definition is untyped.

import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannelFactory } from "@agent-team/grpc-client/grpc-js";
import * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";

const [, , address = "", proto = ""] = process.argv;
const loaded = grpc.loadPackageDefinition(protoLoader.loadSync(proto));
let service: unknown = loaded;
for (const name of ["grpc", "testing", "TestService"]) service = Reflect.get(Object(service), name);
if (typeof service !== "function") throw new Error("the proto file has no TestService");
const TestService: grpc.ServiceClientConstructor = Object.assign(service);

const channelFactoryOverride = createGrpcJsChannelFactory(createChannel, { services: [TestService.service] });
const client = new TestService(address, grpc.credentials.createInsecure(), { channelFactoryOverride });
await new Promise<void>((resolve, reject) => {
  client["EmptyCall"]?.({}, (error: grpc.ServiceError | null) => (error === null ? resolve() : reject(error)));
});
client.close();
console.log("ok");
