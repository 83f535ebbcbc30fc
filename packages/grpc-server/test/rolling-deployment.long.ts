/**
 * Two servers are replaced one after the other, while clients call without a pause: grpc-js with its defaults, grpc-js with round_robin, and
 * our channel. No call fails, and each stream is whole.
 */

import { delay, systemClock } from "@agent-team/foundation/clock";
import { type Channel, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { turns, until } from "@agent-team/test-support/until";
import { type Client, createClient } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { TestClient, textsOf } from "./client.ts";
import { Echo } from "./echo.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

/** A client of grpc-js tries an address again 1.2 s after it was refused; ECS replaces the next task much later. */
const BETWEEN_TASKS_MS = 2_000;

const WORD = "a stream is whole";

const echo = service(Echo, {
  unary: ({ value }) => ({ value }),
  async *serverStream({ value }) {
    for (const each of value) {
      await turns(5);
      yield { value: each };
    }
  },
});

/** A server on a port: 0 for a free one. */
function start(port: number): Promise<LoopbackServer> {
  return serveOnLoopback({ services: [echo] }, { GRPC_PORT: String(port), LAME_DUCK_QUIET_MS: "0" });
}

/** The two kinds of call of a client. */
interface Caller {
  unary(): Promise<unknown>;
  /** The texts of a stream, joined. */
  stream(): Promise<string>;
  close(): unknown;
}

function grpcJs(target: string, serviceConfig?: object): Caller {
  const options = serviceConfig === undefined ? {} : { "grpc.service_config": JSON.stringify(serviceConfig) };
  const client = new TestClient(target, options);
  return {
    unary: () => client.unary(Echo.method.unary, {}),
    stream: async () => (await textsOf(client.serverStream(Echo.method.serverStream, { value: WORD }))).join(""),
    close: () => client[Symbol.dispose](),
  };
}

function own(target: string): Caller {
  const channel: Channel = createChannel(target);
  const client: Client<typeof Echo> = createClient(Echo, createConnectTransport(channel));
  return {
    unary: () => client.unary({}),
    stream: async () => (await textsOf(client.serverStream({ value: WORD }))).join(""),
    close: () => channel.close(),
  };
}

const ROUND_ROBIN = { loadBalancingConfig: [{ round_robin: {} }] };

test.for([
  ["a default client of grpc-js", (target: string) => grpcJs(target)],
  ["round_robin of grpc-js", (target: string) => grpcJs(target, ROUND_ROBIN)],
  ["our channel", own],
] as const)("servers are replaced under %s, and no call fails", { timeout: 30_000 }, async ([, open]) => {
  let servers = [await start(0), await start(0)];
  const ports = servers.map(({ port }) => port);
  const caller = open(`ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(",")}`);
  const failures: unknown[] = [];
  let calls = 0;
  let isOver = false;
  const call = async (): Promise<void> => {
    while (!isOver) {
      await caller.unary();
      const text = await caller.stream();
      if (text !== WORD) failures.push(text);
      calls += 2;
    }
  };
  // What a client loads for its first call is not counted in turns of the event loop.
  await caller.unary();
  const loops = Array.from({ length: 8 }, () => call().catch((error: unknown) => failures.push(error)));
  const more = async (): Promise<void> => {
    const before = calls;
    await until(() => calls > before + 100 || failures.length > 0, "calls go on");
  };

  await more();
  for (const [at, port] of ports.entries()) {
    await servers[at]?.drain();
    await more();
    servers = servers.with(at, await start(port));
    await delay(systemClock, BETWEEN_TASKS_MS);
    await more();
  }
  isOver = true;
  await Promise.all(loops);
  await caller.close();
  for (const server of servers) await server.close();

  expect(failures).toEqual([]);
  expect(calls).toBeGreaterThan(400);
});
