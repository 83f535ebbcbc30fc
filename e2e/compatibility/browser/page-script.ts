/** The script of a page that calls a server: `runWebCases` of the page runs all cases by one way. In: how, and where the server is. Out: results. */

import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { TestService, UnimplementedService } from "../gen/grpc/testing/test_pb.ts";
import { createGoogleTransport } from "./grpc-web-transport.ts";
import { WEB_CASES } from "./web-cases.ts";
import type { WebClientName } from "./web-clients.ts";

const TRANSPORTS: Readonly<Record<WebClientName, (baseUrl: string) => Transport>> = {
  "connect-web, Connect": (baseUrl) => createConnectTransport({ baseUrl, useBinaryFormat: true }),
  "connect-web, Connect with JSON": (baseUrl) => createConnectTransport({ baseUrl, useBinaryFormat: false }),
  "connect-web, gRPC-Web": (baseUrl) => createGrpcWebTransport({ baseUrl }),
  "grpc-web, gRPC-Web text": createGoogleTransport,
};

/** By the name of a case: why it failed, or an empty text. */
async function runWebCases(name: WebClientName, baseUrl: string): Promise<Readonly<Record<string, string>>> {
  const transport = TRANSPORTS[name](baseUrl);
  const subject = {
    service: createClient(TestService, transport),
    unimplemented: createClient(UnimplementedService, transport),
  };
  const results: Record<string, string> = {};
  for (const [each, run] of Object.entries(WEB_CASES)) results[each] = await run(subject).then(() => "", String);
  return results;
}

Object.assign(globalThis, { runWebCases });
