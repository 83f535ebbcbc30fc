import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { request, TransportBench } from "../../test/support/transport-bench.ts";
import { until } from "../../test/support/until.ts";
import type { CreateTransport } from "../transport.ts";
import { OwnHttp2Transport } from "./own-http2.ts";
import { transportContract } from "./transport.contract.ts";

const create: CreateTransport = (options, clock) => new OwnHttp2Transport(options, clock);

describe("OwnHttp2Transport", () => {
  transportContract(create);
});

describe("OwnHttp2Transport over TLS", () => {
  transportContract(create, "tls");
});

describe("stream ids", () => {
  const firstStreamId = 0x7fff_ffff - 1_026;
  const bench = new TransportBench((options, clock) => new OwnHttp2Transport({ ...options, firstStreamId }, clock));
  beforeEach(() => bench.start());
  afterEach(() => bench.stop());

  test("a connection retires before its ids run out, as after an orderly GOAWAY", async () => {
    const { connection, listener } = await bench.serve();
    expect(await request(connection, "one").sink.ended()).toMatchObject({ code: 0 });
    expect(connection.hasRoom).toBe(true);
    const { sink } = request(connection, "the last one");
    expect([connection.hasRoom, listener.goaways]).toEqual([false, []]);
    await until(() => listener.goaways.length > 0, "the connection says that it retires");
    expect(listener.goaways).toEqual([{ errorCode: 0, lastStreamId: 0x7fff_ffff, debug: "no stream ids left" }]);
    expect(await sink.ended()).toMatchObject({ code: 0 });
    expect(sink.texts).toEqual(["the last one"]);
    expect(await listener.closed()).toBeUndefined();
  });
});

describe("a request that has not left yet", () => {
  const bench = new TransportBench(create);
  beforeEach(() => bench.start());
  afterEach(() => bench.stop());

  test("was not sent when its connection ends in the same tick, and may have been processed in a later one", async () => {
    const { connection } = await bench.serve({ handlers: { "*": () => {} } });
    const early = request(connection, "");
    await new Promise((resolve) => setImmediate(resolve));
    const late = request(connection, "");
    connection.destroy(new Error("enough"));
    expect(await early.sink.ended()).toMatchObject({ code: 14, processing: "maybe-processed" });
    expect(await late.sink.ended()).toMatchObject({
      code: 14,
      processing: "not-sent",
      message: "the connection ended before the request was sent (enough)",
    });
  });
});
