// Temporal's client, a published library: its channelArgs reach the clients of grpc-js that it makes.

import { createChannel } from "@agent-team/grpc-client";
import { createGrpcJsChannelFactory } from "@agent-team/grpc-client/grpc-js";
import { Connection } from "@temporalio/client";

let channels = 0;
const channelFactoryOverride = createGrpcJsChannelFactory((target, options) => {
  channels++;
  return createChannel(target, options);
});
const connection = await Connection.connect({
  address: process.argv[2] ?? "",
  tls: false,
  channelArgs: { channelFactoryOverride },
});
const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: "orders" });
await connection.close();
if (channels === 0) throw new Error("the library made its channel without the factory");
if (namespaceInfo?.name !== "orders") throw new Error(`expected the namespace orders, got ${namespaceInfo?.name}`);
console.log("ok");
