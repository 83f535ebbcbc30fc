import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { request, TransportBench } from "../../test/support/transport-bench.ts";
import { until } from "../../test/support/until.ts";
import type { CreateTransport } from "../transport.ts";
import { NodeHttp2Transport } from "./node-http2.ts";
import { transportContract } from "./transport.contract.ts";

const create: CreateTransport = (options, clock) => new NodeHttp2Transport(options, clock);

describe("NodeHttp2Transport", () => {
  transportContract(create);
});

describe("NodeHttp2Transport over TLS", () => {
  transportContract(create, "tls");
});

describe("stream ids", () => {
  const bench = new TransportBench(create);
  beforeEach(() => bench.start());
  afterEach(() => bench.stop());

  test("a connection retires before its ids run out, as after an orderly GOAWAY", async () => {
    const { connection, listener } = await bench.serve();
    const session = await sessionOf(async () => {
      const { sink } = request(connection, "one");
      expect(await sink.ended()).toMatchObject({ code: 0 });
    });
    expect(connection.hasRoom).toBe(true);

    // In place of a thousand million calls.
    session.setNextStreamID(0x7fff_ffff);
    const { sink } = request(connection, "the last one");
    expect(connection.hasRoom).toBe(false);
    await until(() => listener.goaways.length > 0, "the connection says that it retires");
    expect(listener.goaways).toEqual([{ errorCode: 0, lastStreamId: 0x7fff_ffff, debug: "no stream ids left" }]);
    expect(await sink.ended()).toMatchObject({ code: 0 });
    expect(sink.texts).toEqual(["the last one"]);
    expect(await listener.closed()).toBeUndefined();
  });
});

type Session = ClientHttp2Session & { setNextStreamID(id: number): void };

/** The session on which `makeCall` opens a stream. */
async function sessionOf(makeCall: () => Promise<void>): Promise<Session> {
  let session: ClientHttp2Session | undefined;
  const onCreated = (message: unknown): void => {
    session = (message as { stream: ClientHttp2Stream }).stream.session as ClientHttp2Session;
  };
  subscribe("http2.client.stream.created", onCreated);
  await makeCall();
  unsubscribe("http2.client.stream.created", onCreated);
  if (session === undefined) throw new Error("no stream was created");
  return session as Session;
}
