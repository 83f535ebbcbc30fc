/** What the frames of one answer mean, those included that break the rules. A part of `transport.contract.ts`. */

import { gunzipSync, gzipSync } from "node:zlib";
import { buildFrame, dataFrame, FrameFlag, FrameType, rstStreamFrame } from "@agent-team/http2";
import { describe, expect, test } from "vitest";
import { type Fields, headersFrame } from "../../test/support/frames.ts";
import { type FrameConnection } from "../../test/support/hostile-peers.ts";
import { methodAt } from "../../test/support/loads.ts";
import { open, RESPONSE_HEADERS, request, type TransportBench, utf8 } from "../../test/support/transport-bench.ts";
import { turns, until } from "../../test/support/until.ts";
import { compressed as gzipped } from "../compression.ts";
import { Status } from "../status.ts";
import { echo } from "../testing/stub-server.ts";
import { frameMessage } from "./message-reader.ts";

const headers = (id: number, more: Record<string, string> = {}): Uint8Array =>
  headersFrame(id, { ...RESPONSE_HEADERS, ...more });
const data = (id: number, text: string): Uint8Array => dataFrame(id, frameMessage(utf8(text)));
const last = (id: number, fields: Fields): Uint8Array => headersFrame(id, fields, { endStream: true });
const endData = (id: number): Uint8Array => dataFrame(id, new Uint8Array(), { endStream: true });

const UNKNOWN = {
  code: Status.unknown,
  message: "the server ended the stream without grpc-status",
  origin: "transport",
  processing: "maybe-processed",
};
const OK = { code: Status.ok, message: "", origin: "server" };

export function responsesContract(bench: TransportBench): void {
  describe("grpc-status in a header block that does not end the stream means nothing", () => {
    const early = (id: number): Uint8Array => headers(id, { "grpc-status": "0", "x-served-by": "one" });

    test("messages arrive while the stream is open, and the headers are headers", async () => {
      let finish = (): void => {};
      const { connection } = await bench.script((peer, id) => {
        peer.send(early(id), data(id, "one"));
        finish = () => peer.send(data(id, "two"), last(id, { "grpc-status": "0" }));
      });
      const { sink } = request(connection, "");
      await until(() => sink.messages.length === 1, "the first message, before the stream ends");
      expect([...(sink.headers?.entries() ?? [])]).toEqual([["x-served-by", "one"]]);
      expect(sink.ends).toEqual([]);
      finish();
      expect(await sink.ended()).toMatchObject(OK);
      expect(sink.texts).toEqual(["one", "two"]);
    });

    test("more than the flow-control window comes through", async () => {
      const text = "x".repeat(16_000);
      const { connection } = await bench.serve({
        handlers: {
          "*": (call) => {
            call.sendHeaders({ "grpc-status": "0" });
            for (let i = 0; i < 200; i++) call.send(utf8(text));
            call.end();
          },
        },
      });
      const { sink } = request(connection, "");
      expect(await sink.ended()).toMatchObject(OK);
      expect(sink.messages).toHaveLength(200);
    });

    test.each<[string, (id: number) => readonly Uint8Array[], object]>([
      ["the stream ends with its data", (id) => [early(id), data(id, "part"), endData(id)], UNKNOWN],
      ["the stream ends without data", (id) => [early(id), endData(id)], UNKNOWN],
      ["trailers have none", (id) => [early(id), data(id, "part"), last(id, { "x-cost": "7" })], UNKNOWN],
      [
        "trailers have another",
        (id) => [early(id), data(id, "part"), last(id, { "grpc-status": "8", "grpc-message": "full" })],
        { code: Status.resourceExhausted, message: "full", origin: "server" },
      ],
      [
        "the stream is reset",
        (id) => [early(id), data(id, "part"), rstStreamFrame(id, 2)],
        { code: Status.internal, origin: "transport" },
      ],
    ])("%s: no success", async (_, frames, end) => {
      const { connection } = await bench.answering(frames);
      expect(await request(connection, "").sink.ended()).toMatchObject(end);
      expect(await open(connection).sink.ended()).toMatchObject(end);
    });

    test("the connection is lost after a part: unavailable", async () => {
      const { connection } = await bench.script((peer, id) => {
        peer.send(early(id), data(id, "part"));
        setImmediate(() => peer.end());
      });
      const { sink } = request(connection, "");
      expect(await sink.ended()).toMatchObject({ code: Status.unavailable, origin: "transport" });
      expect(sink.texts).toEqual(["part"]);
    });
  });

  describe("a stream that ends without grpc-status", () => {
    test.each<[string, (id: number) => readonly Uint8Array[]]>([
      ["with its data", (id) => [headers(id), data(id, "part"), endData(id)]],
      ["with its headers", (id) => [last(id, RESPONSE_HEADERS)]],
      ["with trailers", (id) => [headers(id), last(id, { "x-cost": "7" })]],
      ["with data, and trailers behind the end", (id) => [headers(id), endData(id), last(id, { "grpc-status": "0" })]],
    ])("is unknown when the server ended it %s, never a success", async (_, frames) => {
      const { connection } = await bench.answering(frames);
      expect(await request(connection, "").sink.ended()).toMatchObject(UNKNOWN);
      expect(await open(connection).sink.ended()).toMatchObject(UNKNOWN);
    });

    test("is unavailable when its connection ended, politely or not", async () => {
      const { connection } = await bench.script((peer, id) => {
        peer.send(headers(id), data(id, "part"));
        peer.end();
      });
      for (const { sink } of [request(connection, ""), open(connection)])
        expect(await sink.ended()).toMatchObject({
          code: Status.unavailable,
          origin: "transport",
          processing: "maybe-processed",
        });
    });
  });

  describe("an answer that is not gRPC's", () => {
    const page = (id: number, status: string, contentType = "text/html"): Uint8Array =>
      headersFrame(id, { ":status": status, "content-type": contentType, "retry-after": "1" });

    test.each([
      ["503", "text/html", Status.unavailable],
      ["503", "application/grpc", Status.unavailable],
      ["429", "application/grpc", Status.unavailable],
      ["401", "text/plain", Status.unauthenticated],
      ["200", "application/grpcfoo", Status.unknown],
    ])("HTTP %s, %s: judged by its HTTP status, and its body is no message", async (status, contentType, code) => {
      const { connection } = await bench.answering((id) => [
        page(id, status, contentType),
        data(id, "<h1>"),
        endData(id),
      ]);
      const { sink } = request(connection, "");
      const end = await sink.ended();
      expect(end).toMatchObject({
        code,
        origin: "transport",
        processing: "maybe-processed",
        httpStatus: Number(status),
      });
      expect(end.trailers.get("retry-after")).toBe("1");
      expect([sink.headers, sink.messages]).toEqual([undefined, []]);
    });

    test("a status in its last header block wins over HTTP's", async () => {
      const { connection } = await bench.script((peer, id) => {
        peer.send(page(id, "503"));
        setImmediate(() => peer.send(data(id, "<h1>"), last(id, { "grpc-status": "7", "grpc-message": "no" })));
      });
      const { sink } = request(connection, "");
      expect(await sink.ended()).toMatchObject({ code: Status.permissionDenied, message: "no", origin: "server" });
    });

    test("a Trailers-Only block is its last, whatever its HTTP status and content type", async () => {
      const { connection } = await bench.answering((id) => [last(id, { ":status": "404", "grpc-status": "9" })]);
      expect(await request(connection, "").sink.ended()).toMatchObject({
        code: Status.failedPrecondition,
        origin: "server",
      });
    });

    test("an OK behind a body that was not read is no success", async () => {
      const { connection } = await bench.answering((id) => [
        page(id, "502"),
        data(id, "x"),
        last(id, { "grpc-status": "0" }),
      ]);
      expect(await request(connection, "").sink.ended()).toMatchObject({
        code: Status.unavailable,
        origin: "transport",
      });
    });

    test.each<[string, (peer: FrameConnection, id: number) => void, number]>([
      ["that never ends is given up after a second", () => {}, 1_000],
      [
        "with a large body is given up at once",
        (peer, id) => peer.send(dataFrame(id, new Uint8Array(16_384)), dataFrame(id, new Uint8Array(1))),
        0,
      ],
      ["whose stream is reset has ended", (peer, id) => peer.send(rstStreamFrame(id, 2)), 0],
    ])("one %s", async (_, goOn, waitMs) => {
      const { connection } = await bench.script((peer, id) => {
        peer.send(page(id, "504"));
        goOn(peer, id);
      });
      const { sink, stream } = open(connection);
      if (waitMs > 0) {
        await until(() => bench.clock.pendingTimers === 1, "the answer is known not to be gRPC's");
        bench.clock.advance(waitMs - 1);
        expect(sink.ends).toEqual([]);
        bench.clock.advance(1);
      }
      expect(await sink.ended()).toMatchObject({ code: Status.unavailable, httpStatus: 504 });
      stream.cancel();
    });
  });

  describe("frames in and around an answer", () => {
    const whole = (id: number): Uint8Array[] => [headers(id), data(id, "ok"), last(id, { "grpc-status": "0" })];
    const padded = (id: number): Uint8Array =>
      buildFrame(
        FrameType.data,
        FrameFlag.padded,
        id,
        Buffer.concat([Buffer.of(3), frameMessage(utf8("ok")), Buffer.alloc(3)]),
      );

    test.each<[string, (id: number) => readonly Uint8Array[]]>([
      [
        "informational headers (1xx)",
        (id) => [
          headersFrame(id, { ":status": "103", link: "x" }),
          headersFrame(id, { ":status": "100" }),
          ...whole(id),
        ],
      ],
      [
        "padded and empty DATA",
        (id) => [headers(id), dataFrame(id, new Uint8Array()), padded(id), last(id, { "grpc-status": "0" })],
      ],
      [
        "frames of unknown types",
        (id) => [buildFrame(0x99, 0, id, utf8("abc")), buildFrame(0x98, 0, 0, utf8("abc")), ...whole(id)],
      ],
      ["PRIORITY", (id) => [buildFrame(FrameType.priority, 0, id, Buffer.of(0, 0, 0, 0, 15)), ...whole(id)]],
      ["RST_STREAM with NO_ERROR behind the trailers", (id) => [...whole(id), rstStreamFrame(id, 0)]],
      [
        "a message cut into frames of one byte",
        (id) => [
          headers(id),
          ...[...frameMessage(utf8("ok"))].map((byte) => dataFrame(id, Uint8Array.of(byte))),
          last(id, { "grpc-status": "0" }),
        ],
      ],
    ])("%s do not disturb it", async (_, frames) => {
      const { connection } = await bench.answering(frames);
      for (const { sink } of [request(connection, ""), request(connection, "")]) {
        expect(await sink.ended()).toMatchObject(OK);
        expect(sink.texts).toEqual(["ok"]);
      }
    });

    test.each<[string, (id: number) => readonly Uint8Array[]]>([
      [
        "trailers that do not end the stream",
        (id) => [headers(id), data(id, "a"), headersFrame(id, { "grpc-status": "0" }), endData(id)],
      ],
      [
        "headers without :status",
        (id) => [
          headersFrame(id, { "content-type": "application/grpc" }),
          data(id, "a"),
          last(id, { "grpc-status": "0" }),
        ],
      ],
      ["a name in upper case", (id) => [headers(id, { "X-Up": "1" }), data(id, "a"), last(id, { "grpc-status": "0" })]],
      [
        "a connection header",
        (id) => [headers(id, { connection: "keep-alive" }), data(id, "a"), last(id, { "grpc-status": "0" })],
      ],
    ])(
      "%s end their stream as internal, say that the answer broke HTTP/2, and leave its neighbour alone",
      async (_, frames) => {
        let finishFirst = (): void => {};
        const { connection } = await bench.script((peer, id) => {
          if (peer.streams.length === 1) finishFirst = () => peer.send(...whole(id));
          else peer.send(...frames(id));
        });
        const first = request(connection, "");
        const bad = request(connection, "");
        const end = await bad.sink.ended();
        expect(end).toMatchObject({ code: Status.internal, origin: "transport" });
        expect(end.message).toContain("its answer broke HTTP/2");
        finishFirst();
        expect(await first.sink.ended()).toMatchObject(OK);
      },
    );

    test("a status is kept when the server resets the stream right behind it", async () => {
      const { connection } = await bench.answering((id) => [
        last(id, { ...RESPONSE_HEADERS, "grpc-status": "5", "grpc-message": "gone" }),
        rstStreamFrame(id, 0),
      ]);
      expect(await open(connection).sink.ended()).toMatchObject({
        code: Status.notFound,
        message: "gone",
        origin: "server",
      });
    });

    test("two statuses in one block are no status", async () => {
      const { connection } = await bench.answering((id) => [
        headers(id),
        last(id, [
          ["grpc-status", "0"],
          ["grpc-status", "0"],
        ]),
      ]);
      expect(await request(connection, "").sink.ended()).toMatchObject({ code: Status.unknown });
    });

    test("UTF-8 in grpc-message is read, percent-encoded or not", async () => {
      const { connection } = await bench.answering((id) => [
        last(id, [...Object.entries(RESPONSE_HEADERS), ["grpc-status", "3"], ["grpc-message", utf8("café 100%25 文")]]),
      ]);
      expect(await request(connection, "").sink.ended()).toMatchObject({ message: "café 100% 文" });
    });

    test("a stream that ends within a message is internal, also with status OK", async () => {
      const cut = frameMessage(utf8("half an answer")).subarray(0, 9);
      const { connection } = await bench.answering((id) => [
        headers(id),
        dataFrame(id, cut),
        last(id, { "grpc-status": "0" }),
      ]);
      expect(await request(connection, "").sink.ended()).toMatchObject({ code: Status.internal, origin: "transport" });
    });
  });

  describe("messages", () => {
    const compressed = (message: Uint8Array, flag = 1): Buffer => {
      const framed = frameMessage(gzipSync(message));
      framed[0] = flag;
      return framed;
    };

    test("gzip is announced and read, compressed and plain messages in one stream", async () => {
      let announced: unknown;
      const { connection } = await bench.serve({
        handlers: {
          "*": (call) => {
            announced = call.headers["grpc-accept-encoding"];
            call.sendHeaders({ "grpc-encoding": "gzip" });
            call.stream.write(compressed(utf8("one")));
            call.send(utf8("two"));
            call.stream.write(compressed(new Uint8Array(3 << 20)));
            call.end();
          },
        },
      });
      const { sink } = request(connection, "");
      expect(await sink.ended()).toMatchObject(OK);
      expect(announced).toBe("identity,gzip");
      expect(sink.texts.slice(0, 2)).toEqual(["one", "two"]);
      expect(sink.messages[2]).toHaveLength(3 << 20);
    });

    test("requests are not compressed and have no grpc-encoding", async () => {
      let encoding: unknown;
      const { connection } = await bench.serve({
        handlers: {
          "*": async (call) => {
            encoding = call.headers["grpc-encoding"];
            await echo(call);
          },
        },
      });
      const { sink } = request(connection, "plain");
      await sink.ended();
      expect([encoding, sink.texts]).toEqual([undefined, ["plain"]]);
    });

    test("a request with gzip has grpc-encoding, and the flag is that of each message", async () => {
      const wire: Buffer[] = [];
      const { connection } = await bench.serve({
        handlers: {
          "*": async (call) => {
            call.stream.on("data", (chunk: Buffer) => wire.push(chunk));
            await call.request;
            call.end(0, "", { "x-encoding": String(call.headers["grpc-encoding"]) });
          },
        },
      });
      const { sink, stream } = open(connection, { compression: "gzip" });
      const text = "a".repeat(1_000);
      stream.sendMessage(gzipped(utf8(text)), false);
      stream.sendMessage(gzipped(utf8("b")), false);
      stream.sendMessage(utf8("c"), true);
      expect((await sink.ended()).trailers.get("x-encoding")).toBe("gzip");
      const bytes = Buffer.concat(wire);
      const length = bytes.readUInt32BE(1);
      expect([bytes[0], gunzipSync(bytes.subarray(5, 5 + length)).toString()]).toEqual([1, text]);
      // gzip does not make one byte smaller.
      expect(bytes.subarray(5 + length)).toEqual(Buffer.concat([frameMessage(utf8("b")), frameMessage(utf8("c"))]));
    });

    const flagged = (flag: number): Buffer => Buffer.of(flag, 0, 0, 0, 1, 0);
    test.each<[string, Record<string, string>, Uint8Array, number]>([
      ["a prefix of 1 GiB", {}, Buffer.of(0, 0x40, 0, 0, 0), Status.resourceExhausted],
      [
        "a message that is too large once inflated",
        { "grpc-encoding": "gzip" },
        compressed(new Uint8Array((4 << 20) + 1)),
        Status.resourceExhausted,
      ],
      ["a message that is not gzip", { "grpc-encoding": "gzip" }, flagged(1), Status.internal],
      ["a compressed message without grpc-encoding", {}, compressed(utf8("x")), Status.internal],
      [
        "a compressed message with grpc-encoding identity",
        { "grpc-encoding": "identity" },
        compressed(utf8("x")),
        Status.internal,
      ],
      [
        "a compressed message with an encoding that was not announced",
        { "grpc-encoding": "snappy" },
        compressed(utf8("x")),
        Status.internal,
      ],
      ["a flag that is neither 0 nor 1", { "grpc-encoding": "gzip" }, compressed(utf8("x"), 2), Status.internal],
      ["a flag with a reserved bit", {}, flagged(0x80), Status.internal],
    ])("%s ends its call only", async (_, more, bytes, code) => {
      const { connection, server } = await bench.serve({
        handlers: {
          "/bad": (call) => {
            call.sendHeaders(more);
            call.stream.write(bytes);
          },
          "*": echo,
        },
      });
      const other = open(connection, { method: methodAt("/other") });
      const { sink } = request(connection, "", { method: methodAt("/bad") });
      expect(await sink.ended()).toMatchObject({ code, origin: "transport", processing: "maybe-processed" });
      other.stream.sendMessage(utf8("still here"), true);
      expect(await other.sink.ended()).toMatchObject(OK);
      expect(other.sink.texts).toEqual(["still here"]);
      expect(server.connections).toBe(1);
    });

    test("an encoding that was not announced is no fault while no message uses it", async () => {
      const { connection } = await bench.answering((id) => [
        headers(id, { "grpc-encoding": "snappy" }),
        data(id, "plain"),
        last(id, { "grpc-status": "0" }),
      ]);
      const { sink } = request(connection, "");
      expect(await sink.ended()).toMatchObject(OK);
      expect(sink.texts).toEqual(["plain"]);
    });

    test("after cancel nothing more arrives, neither messages nor the end", async () => {
      const { connection } = await bench.answering((id) => [
        headers(id),
        data(id, "one"),
        data(id, "two"),
        last(id, { "grpc-status": "0" }),
      ]);
      const { sink, stream } = request(connection, "");
      stream.cancel();
      await turns(50);
      expect([sink.messages, sink.ends]).toEqual([[], []]);
    });
  });
}
