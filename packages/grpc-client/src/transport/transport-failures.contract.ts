/** How calls end when the peer breaks HTTP/2, resets streams, sends GOAWAY or dies. A part of `transport.contract.ts`. */

import { dataFrame, goawayFrame, rstStreamFrame, settingsFrame } from "@agent-team/http2";
import { describe, expect, test } from "vitest";
import { headersFrame } from "../../test/support/frames.ts";
import { type FrameConnection } from "../../test/support/hostile-peers.ts";
import { methodAt } from "../../test/support/loads.ts";
import { RecordingSink } from "../../test/support/recorders.ts";
import { head, RESPONSE_HEADERS, request, type TransportBench, utf8 } from "../../test/support/transport-bench.ts";
import { until } from "../../test/support/until.ts";
import { Status } from "../status.ts";
import { frameMessage } from "./message-reader.ts";

export function failuresContract(bench: TransportBench): void {
  describe("RST_STREAM", () => {
    test.each([
      [0x0, Status.internal, "maybe-processed"],
      [0x7, Status.unavailable, "refused"],
      [0x8, Status.cancelled, "maybe-processed"],
      [0xb, Status.resourceExhausted, "maybe-processed"],
      [0x2, Status.internal, "maybe-processed"],
    ] as const)("with error code %i ends its stream only, as code %i and %s", async (errorCode, code, processing) => {
      const { connection } = await bench.script((peer, id) => {
        if (peer.streams.length === 1) peer.send(rstStreamFrame(id, errorCode));
        else answer(peer, id, "next");
      });
      const { sink } = request(connection, "");
      const end = await sink.ended();
      expect(end).toMatchObject({ code, processing, origin: "transport" });
      expect(end.message).toContain(`HTTP/2 error code ${errorCode}`);
      const next = request(connection, "next");
      expect(await next.sink.ended()).toMatchObject({ code: Status.ok });
    });

    test("after part of the response the call fails, and the messages before are delivered", async () => {
      const { connection } = await bench.script((peer, id) => {
        peer.send(headersFrame(id, RESPONSE_HEADERS), dataFrame(id, frameMessage(utf8("part"))));
        setImmediate(() => peer.send(rstStreamFrame(id, 2)));
      });
      const { sink } = request(connection, "");
      expect(await sink.ended()).toMatchObject({ code: Status.internal, origin: "transport" });
      expect(sink.texts).toEqual(["part"]);
    });
  });

  describe("GOAWAY", () => {
    test("above its last stream id calls are refused, below it they finish, and then the connection closes", async () => {
      const { connection, listener } = await bench.script((peer, id) => {
        if (peer.streams.length === 2) peer.send(goawayFrame(peer.streams[0] as number, 0, "max_age"));
        if (peer.streams.length < 2) return;
        setImmediate(() => answer(peer, peer.streams[0] as number, "finished"));
        void id;
      });
      const first = request(connection, "");
      const second = request(connection, "");
      expect(await second.sink.ended()).toMatchObject({ code: Status.unavailable, processing: "refused" });
      expect(await first.sink.ended()).toMatchObject({ code: Status.ok });
      expect(first.sink.texts).toEqual(["finished"]);
      expect(listener.goaways).toEqual([{ errorCode: 0, lastStreamId: 1, debug: "max_age" }]);
      expect(connection.open(head(), new RecordingSink())).toBeUndefined();
      expect(await listener.closed()).toBeUndefined();
    });

    test("the graceful kind (last id 2³¹ − 1) lets every call finish and takes no new one", async () => {
      const answers = Promise.withResolvers<void>();
      const { connection, server, listener } = await bench.serve({
        handlers: {
          "*": async (call) => {
            await answers.promise;
            call.send(utf8("late"));
            call.end();
          },
        },
      });
      const calls = [request(connection, ""), request(connection, "")];
      await until(() => server.calls === 2, "both calls have arrived");
      server.goaway();
      await until(() => listener.goaways.length > 0, "GOAWAY arrives");
      expect(listener.goaways[0]).toEqual({ errorCode: 0, lastStreamId: 0x7fff_ffff, debug: "" });
      expect(connection.open(head(), new RecordingSink())).toBeUndefined();
      answers.resolve();
      for (const { sink } of calls) expect(await sink.ended()).toMatchObject({ code: Status.ok });
      expect(await listener.closed()).toBeUndefined();
    });

    test("its debug text is read as UTF-8, in one line, and a line is cut", async () => {
      const { listener } = await bench.script(() => {}, {
        onConnect: (peer) => peer.send(settingsFrame(), goawayFrame(0, 0, `drainé\n${"x".repeat(4_096)}`)),
      });
      await until(() => listener.goaways.length > 0, "GOAWAY arrives");
      expect(listener.goaways[0]?.debug).toMatch(/^drainé x{200,300}…$/);
    });

    test("with an error code, calls above its last id are refused and the others do not succeed by mistake", async () => {
      const { connection, listener } = await bench.script((peer) => {
        if (peer.streams.length === 2) peer.send(goawayFrame(peer.streams[0] as number, 11, "too_many_pings"));
      });
      const first = request(connection, "");
      const second = request(connection, "");
      expect(await second.sink.ended()).toMatchObject({ code: Status.unavailable, processing: "refused" });
      expect(listener.goaways).toEqual([{ errorCode: 11, lastStreamId: 1, debug: "too_many_pings" }]);
      expect((await second.sink.ended()).message).toContain("sent GOAWAY 11 too_many_pings");
      connection.destroy(new Error("the test has seen enough"));
      expect(await first.sink.ended()).toMatchObject({ code: Status.unavailable, processing: "maybe-processed" });
    });
  });

  test("a killed peer: open calls are unavailable and maybe processed, the connection closes with an error", async () => {
    const { connection, server, listener } = await bench.serve({
      handlers: { "/started": (call) => call.sendHeaders(), "*": () => {} },
    });
    const waiting = request(connection, "");
    const started = request(connection, "", { method: methodAt("/started") });
    await until(() => started.sink.headers !== undefined, "one call has got headers");
    await server.kill();
    for (const { sink } of [waiting, started]) {
      const end = await sink.ended();
      expect(end).toMatchObject({ code: Status.unavailable, origin: "transport", processing: "maybe-processed" });
      expect(end.message).toContain(server.address);
    }
    expect(await listener.closed()).toBeInstanceOf(Error);
    expect(connection.open(head(), new RecordingSink())).toBeUndefined();
  });
}

/** Answers a stream of a scripted peer in full. */
function answer(peer: FrameConnection, id: number, text: string): void {
  peer.send(
    headersFrame(id, RESPONSE_HEADERS),
    dataFrame(id, frameMessage(utf8(text))),
    headersFrame(id, { "grpc-status": "0" }, { endStream: true }),
  );
}
