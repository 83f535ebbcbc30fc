// A microservice client of NestJS, which is CommonJS: its option `channelOptions` has the line that is new.

import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannelFactory } from "@agent-team/grpc-client/grpc-js";
import { ClientGrpcProxy } from "@nestjs/microservices";
import { lastValueFrom, type Observable } from "rxjs";

interface TestService {
  emptyCall(request: object): Observable<object>;
}

async function main(): Promise<void> {
  const [, , url = "", protoPath = ""] = process.argv;
  const client = new ClientGrpcProxy({
    package: "grpc.testing",
    protoPath,
    url,
    channelOptions: { channelFactoryOverride: createGrpcJsChannelFactory(createChannel) },
  });
  await lastValueFrom(client.getService<TestService>("TestService").emptyCall({}));
  client.close();
  console.log("ok");
}

void main();
