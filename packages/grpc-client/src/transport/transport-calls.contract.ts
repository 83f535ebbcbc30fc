/** What a stream brings, how it is held back, and how this side ends it. A part of `transport.contract.ts`. */

import { dataFrame } from "@agent-team/http2";
import { describe, expect, test } from "vitest";
import { headersFrame } from "../../test/support/frames.ts";
import { methodAt } from "../../test/support/loads.ts";
import {
  AUTHORITY,
  open,
  RESPONSE_HEADERS,
  request,
  type TransportBench,
  utf8,
} from "../../test/support/transport-bench.ts";
import { turns, until } from "../../test/support/until.ts";
import { Metadata } from "../metadata.ts";
import { Status } from "../status.ts";
import { echo, type StubCall } from "../testing/stub-server.ts";
import { frameMessage } from "./message-reader.ts";

export function callsContract(bench: TransportBench): void {
  describe("a call", () => {
    test("brings headers, the message, and an end with trailers", async () => {
      const { connection } = await bench.serve();
      const { sink } = request(connection, "hello");
      expect(await sink.ended()).toMatchObject({ code: Status.ok, message: "", origin: "server" });
      expect(sink.texts).toEqual(["hello"]);
      expect(sink.headers?.get("content-type")).toBeUndefined();
    });

    test("carries path, authority, deadline, attempts and metadata", async () => {
      let seen: StubCall["headers"] = {};
      const handler = (call: StubCall): void => {
        seen = call.headers;
        call.end();
      };
      const { connection } = await bench.serve({ handlers: { "/a.B/C": handler } });
      const metadata = Metadata.from([
        ["tag", "a"],
        ["tag", "b"],
        ["trace-bin", Uint8Array.of(0, 255)],
        ["authorization", "one"],
        ["authorization", "two"],
      ]);
      const { sink } = request(connection, "", {
        method: methodAt("/a.B/C"),
        metadata,
        timeoutMs: 1_500,
        previousAttempts: 2,
      });
      await sink.ended();
      expect(seen).toMatchObject({
        ":method": "POST",
        ":scheme": bench.scheme,
        ":authority": AUTHORITY,
        "content-type": "application/grpc",
        te: "trailers",
        "grpc-timeout": "1500m",
        "grpc-previous-rpc-attempts": "2",
        tag: "a,b",
        authorization: "one,two",
        "trace-bin": "AP8",
      });
    });

    test("carries each value of a -bin name in a field of its own, and names that objects have", async () => {
      let seen: readonly string[] = [];
      const handler = (call: StubCall): void => {
        seen = call.rawHeaders;
        call.end();
      };
      const { connection } = await bench.serve({ handlers: { "*": handler } });
      const metadata = Metadata.from([
        ["trace-bin", Uint8Array.of(1)],
        ["trace-bin", Uint8Array.of(2)],
        ["constructor", "a"],
        ["__proto__", "b"],
      ]);
      expect(await request(connection, "", { metadata }).sink.ended()).toMatchObject({ code: Status.ok });
      const fields = seen.flatMap((name, i) => (i % 2 === 0 ? [[name, seen[i + 1]]] : []));
      for (const field of [...metadata.entries()]) expect(fields).toContainEqual([...field]);
    });

    test("that cannot be sent throws, and the connection's other calls go on", async () => {
      const { connection } = await bench.serve();
      const { stream, sink } = open(connection);
      const forbidden = Metadata.fromWire(["connection", "close"]); // RFC 9113 8.2.2
      expect(() => open(connection, { metadata: forbidden })).toThrow("connection");
      stream.sendMessage(utf8("hello"), true);
      expect(await sink.ended()).toMatchObject({ code: Status.ok });
      expect(request(connection, "again").sink.ends).toEqual([]);
    });

    test("hands on the server's headers and trailers, -bin values and repeated names included", async () => {
      const { connection } = await bench.script((peer, id) => {
        peer.send(
          headersFrame(id, { ...RESPONSE_HEADERS, "x-served-by": "one", "trace-bin": "AP8" }),
          headersFrame(id, { "grpc-status": "0", "grpc-message": "", "x-cost": "7" }, { endStream: true }),
        );
      });
      const { sink } = request(connection, "");
      const end = await sink.ended();
      expect([...(sink.headers?.entries() ?? [])]).toEqual([
        ["x-served-by", "one"],
        ["trace-bin", "AP8"],
      ]);
      expect([...end.trailers.entries()]).toEqual([["x-cost", "7"]]);
    });

    test("streams both ways, in order, while both sides are open", async () => {
      const { connection } = await bench.serve({
        handlers: {
          "*": async (call) => {
            call.onRequest((message) => call.send(message));
            await call.request;
            call.end();
          },
        },
      });
      const { sink, stream } = open(connection);
      for (const [i, text] of ["one", "two", "three"].entries()) {
        stream.sendMessage(utf8(text), false);
        await until(() => sink.messages.length > i, `answer ${i}`);
      }
      stream.halfClose();
      expect(await sink.ended()).toMatchObject({ code: Status.ok });
      expect(sink.texts).toEqual(["one", "two", "three"]);
    });

    test("may carry an empty message and one of several MiB", async () => {
      const { connection } = await bench.serve();
      const empty = request(connection, "");
      const large = request(connection, "x".repeat(3 << 20));
      await Promise.all([empty.sink.ended(), large.sink.ended()]);
      expect(empty.sink.messages.map(({ length }) => length)).toEqual([0]);
      expect(large.sink.messages.map(({ length }) => length)).toEqual([3 << 20]);
    });

    test("ends with a trailers-only answer and its percent-encoded message, without headers", async () => {
      const { connection } = await bench.serve({
        handlers: { "*": (call) => call.end(Status.notFound, "no 100% Küche", { "x-hint": "look elsewhere" }) },
      });
      const { sink } = request(connection, "");
      const end = await sink.ended();
      expect(end).toMatchObject({ code: Status.notFound, message: "no 100% Küche", origin: "server" });
      expect(end.trailers.get("x-hint")).toBe("look elsewhere");
      expect(sink.headers).toBeUndefined();
    });

    test("ends when the server has answered, although this side has not finished sending", async () => {
      const { connection, server } = await bench.serve({
        handlers: { "*": (call) => call.end(Status.permissionDenied, "no") },
      });
      const { sink } = open(connection);
      expect(await sink.ended()).toMatchObject({ code: Status.permissionDenied });
      connection.drain();
      await until(() => server.connections === 0, "the half-open stream is given up, so that the connection drains");
    });
  });

  describe("flow control", () => {
    test("a paused reader holds the server back, and gets everything once it resumes", async () => {
      const count = 64;
      const chunk = new Uint8Array(256 * 1_024);
      let served: StubCall | undefined;
      const { connection } = await bench.serve({
        handlers: {
          "*": (call) => {
            served = call;
            for (let i = 0; i < count; i++) call.send(chunk);
            call.end();
          },
        },
      });
      const { sink, stream } = open(connection);
      stream.pause();
      stream.halfClose();
      await until(() => (served?.stream.writableLength ?? 0) > 0, "the server's buffers are in use");
      await turns(500);
      // Not more than the windows that were granted in advance, and what the socket's chunks had on board.
      expect(sink.messages.length * chunk.length).toBeLessThan(2 << 20);
      expect(served?.stream.writableLength).toBeGreaterThan(4 << 20);
      stream.resume();
      expect(await sink.ended()).toMatchObject({ code: Status.ok });
      expect(sink.messages).toHaveLength(count);
    });

    test("a sink that pauses and resumes within each message gets all of them in order", async () => {
      const numbers = Array.from({ length: 12 }, (_, at) => at);
      const messageOf = (at: number): Buffer => frameMessage(new Uint8Array(4_000).fill(at));
      const { connection } = await bench.script((peer, id) => {
        const frames = [0, 3, 6, 9].map((at) => dataFrame(id, Buffer.concat(numbers.slice(at, at + 3).map(messageOf))));
        const trailers = headersFrame(id, { "grpc-status": "0" }, { endStream: true });
        peer.send(headersFrame(id, RESPONSE_HEADERS), ...frames, trailers);
      });
      const { sink, stream } = open(connection);
      const received: (number | undefined)[] = [];
      sink.onMessage = ([number]) => {
        received.push(number);
        stream.pause();
        stream.resume();
      };
      stream.pause();
      stream.halfClose();
      await turns(50);
      stream.resume();
      expect(await sink.ended()).toMatchObject({ code: Status.ok });
      expect(received).toEqual(numbers);
    });

    test("sendMessage returns false while the server does not read, and onDrain follows when it reads again", async () => {
      let served: StubCall | undefined;
      const { connection } = await bench.serve({
        handlers: {
          "*": async (call) => {
            served = call;
            call.stream.pause();
            const messages = await call.request;
            call.send(utf8(String(messages.length)));
            call.end();
          },
        },
      });
      const { sink, stream } = open(connection);
      await until(() => served !== undefined, "the call arrives");
      let sent = 0;
      // Each call with room left may be followed by another; twenty in a row without any pause would be no flow control.
      while (stream.sendMessage(new Uint8Array(64 * 1_024), false) && sent < 20_000) sent++;
      await turns(200);
      const drainsWhileHeld = sink.drains;
      for (let i = 0; i < 40; i++) stream.sendMessage(new Uint8Array(64 * 1_024), false);
      await turns(200);
      expect(sink.drains).toBe(drainsWhileHeld);
      served?.stream.resume();
      await until(() => sink.drains > drainsWhileHeld, "there is room again");
      stream.halfClose();
      await sink.ended();
      expect(sink.texts).toEqual([String(sent + 1 + 40)]);
    });
  });

  describe("ending a stream", () => {
    test("cancel resets the stream with CANCEL, its sink gets no further event, and other streams go on", async () => {
      let served: StubCall | undefined;
      const { connection } = await bench.serve({
        handlers: {
          "/forever": (call) => {
            served = call;
            call.send(utf8("first"));
          },
          "*": echo,
        },
      });
      const { sink, stream } = request(connection, "", { method: methodAt("/forever") });
      await until(() => sink.messages.length === 1, "the first message");
      stream.cancel();
      stream.cancel();
      expect(await served?.closed).toBe(0x8);
      expect(sink.ends).toEqual([]);
      const neighbour = request(connection, "hello");
      expect(await neighbour.sink.ended()).toMatchObject({ code: Status.ok });
    });

    test("after its end every method does nothing", async () => {
      const { connection } = await bench.serve();
      const { sink, stream } = request(connection, "hello");
      await sink.ended();
      stream.sendMessage(utf8("late"), true);
      stream.halfClose();
      stream.pause();
      stream.resume();
      stream.cancel();
      const next = request(connection, "next");
      expect(await next.sink.ended()).toMatchObject({ code: Status.ok });
      expect(sink.ends).toHaveLength(1);
    });

    test("a sink that cancels within a message gets no further one of the same chunk", async () => {
      const { connection } = await bench.script((peer, id) => {
        const two = Buffer.concat([frameMessage(utf8("one")), frameMessage(utf8("two"))]);
        peer.send(headersFrame(id, RESPONSE_HEADERS), dataFrame(id, two));
      });
      const { sink, stream } = open(connection);
      const received: string[] = [];
      sink.onMessage = (message) => {
        received.push(Buffer.from(message).toString());
        stream.cancel();
      };
      stream.halfClose();
      await until(() => received.length > 0, "the first message");
      await turns(50);
      expect(received).toEqual(["one"]);
      expect(sink.ends).toEqual([]);
    });
  });
}
