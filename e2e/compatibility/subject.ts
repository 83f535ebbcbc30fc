/** The client of one run: a channel and typed clients on it. In: where the server is and how to reach it. Out: a `Subject` and its end. */

import { type ChannelOptions, createChannel, type TransportKind } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import type { Subject } from "./cases.ts";
import { TestService, UnimplementedService } from "./gen/grpc/testing/test_pb.ts";

/** How a client reaches a server. Plain data: it passes to other processes as JSON. */
export interface Way {
  readonly target: string;
  readonly transport: TransportKind;
  readonly seesCompression: boolean;
  /** The CA of a server with TLS, and the name in its certificate. */
  readonly tls?: { readonly ca: string; readonly serverName: string } | undefined;
  readonly proxy?: string | undefined;
}

export function openSubject({ target, transport, tls, proxy, seesCompression }: Way): Subject & AsyncDisposable {
  const options: ChannelOptions = { transport, tls, proxy, maxReceiveMessageBytes: 16 << 20 };
  const channel = createChannel(target, options);
  const gzip = createChannel(target, { ...options, compression: "gzip" });
  const plain = createConnectTransport(channel);
  return {
    channel,
    service: createClient(TestService, plain),
    unimplemented: createClient(UnimplementedService, plain),
    compressing: { channel: gzip, service: createClient(TestService, createConnectTransport(gzip)) },
    seesCompression,
    async [Symbol.asyncDispose]() {
      await Promise.all([channel.close(100), gzip.close(100)]);
    },
  };
}
