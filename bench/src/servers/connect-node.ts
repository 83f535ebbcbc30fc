import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { EVENTS, SERVICE, workflowOf } from "../workload.ts";

/** connect-node's adapter, for gRPC alone. */
export async function start(): Promise<number> {
  const adapter = connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    routes: (router) =>
      router.service(SERVICE, {
        getWorkflow: async (request) => ({ workflow: workflowOf(request) }),
        async *watchRun() {
          for (const event of EVENTS) yield event;
        },
      }),
  });
  const server = createServer(adapter).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
