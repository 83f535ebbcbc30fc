// A client of Connect-ES: the transport takes the place of createGrpcTransport of connect-node.

import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import { TestService } from "../gen/grpc/testing/test_pb.ts";

const channel = createChannel(process.argv[2] ?? "");
const client = createClient(TestService, createConnectTransport(channel));
await client.emptyCall({});
await channel.close();
console.log("ok");
