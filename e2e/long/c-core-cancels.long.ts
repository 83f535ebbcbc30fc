/** A client on C-core that leaves 3,000 streams of one connection at once: nothing else on the server notices. */

import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { service } from "@agent-team/grpc-server";
import { Echo, serveOnLoopback } from "@agent-team/grpc-server/testing";
import { createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { CCoreClient, noCCore } from "../test/support/c-core.ts";

const STREAMS = 3_000;

test("streams that are left after their first message end no stream of another client, nor the client's own calls", async ({
  skip,
}) => {
  skip(noCCore !== undefined, noCCore);
  const echo = service(Echo, {
    unary: (request) => request,
    async *serverStream({ value }, { signal }) {
      for (let i = 0; i < Number(value) && !signal.aborted; i += 1) yield { value: String(i) };
    },
    async *bidi(requests) {
      yield* requests;
    },
  });
  const server = await serveOnLoopback({ services: [echo] });
  const client = new CCoreClient(`127.0.0.1:${server.port}`);
  const channel = createChannel(`ipv4:127.0.0.1:${server.port}`);
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]();
    await channel.close(10);
    await server.close();
  });
  const reading = createClient(Echo, createConnectTransport(channel)).bidi(numbers())[Symbol.asyncIterator]();
  expect((await reading.next()).value?.value).toBe("0");

  const codes = await client.repeat(STREAMS, { method: "ServerStream", requests: ["1000"], cancel_after: 1 });
  expect(codes).toEqual({ CANCELLED: STREAMS });
  expect((await reading.next()).value?.value).toBe("1");
  expect(await client.call({ method: "Unary", requests: ["still there"] })).toMatchObject({ code: "OK" });
});

/** The next number whenever it is asked for one. */
async function* numbers(): AsyncGenerator<{ readonly value: string }> {
  for (let i = 0; ; i += 1) yield { value: String(i) };
}
