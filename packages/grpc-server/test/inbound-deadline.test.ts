// A handler calls another server for its caller, with the signal of its own call.
import { connect } from "node:http2";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { Echo } from "./echo.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

test("a downstream call that the inbound deadline ends is deadline_exceeded", async () => {
  const downstreamFailed = Promise.withResolvers<unknown>();
  const never = new Promise<Record<string, never>>(() => {});
  await using last = await serveOnLoopback({ services: [service(Echo, { unary: () => never })] });
  const channel = createChannel(`ipv4:127.0.0.1:${last.port}`);
  await using first = await serveOnLoopback({
    services: [
      service(Echo, {
        unary: async (request, { signal }) => {
          const downstream = createClient(Echo, createConnectTransport(channel)).unary(request, { signal });
          downstream.catch(downstreamFailed.resolve);
          return await downstream;
        },
      }),
    ],
  });
  // A client without a deadline timer, so that the server ends the call.
  const session = connect(`http://127.0.0.1:${first.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/test.Echo/Unary",
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": "200m",
  });
  stream.end(Buffer.alloc(5)); // an empty message
  stream.resume();

  expect(await downstreamFailed.promise).toMatchObject({ message: expect.stringMatching(/^\[deadline_exceeded\]/) });
  session.destroy();
  await channel.close();
});
