/** A server's connection under clients that keep to HTTP/2: ours, node:http2's, and frames as a test sends them. */

import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { turns, until } from "@agent-team/test-support/until";
import { afterEach, describe, expect, test } from "vitest";
import {
  buildFrame,
  CONNECTION_PREFACE,
  dataFrame,
  pingFrame,
  rstStreamFrame,
  settingsFrame,
  windowUpdateFrame,
} from "../src/build-frame.ts";
import { ErrorCode, FrameFlag, FrameType, SettingId } from "../src/constants.ts";
import { HpackDecoder } from "../src/hpack/decoder.ts";
import type { HeaderField } from "../src/hpack/header-field.ts";
import { Clients, open, request } from "./support/client.ts";
import { errorCodeOf, headersFrame, POST } from "./support/frame-peer.ts";
import { echo, type RecordingServer, Servers } from "./support/server.ts";

const servers = new Servers();
const clients = new Clients();
const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await clients.stop();
  await servers.stop();
});

async function sessionOf(port: number): Promise<ClientHttp2Session> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => {}); // a test ends it as it likes
  sessions.push(session);
  await once(session, "remoteSettings");
  return session;
}

const lastServer = (): RecordingServer => servers.servers.at(-1) as RecordingServer;

/** What node:http2's client gets for a request with a body. */
async function fetchBy(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]>,
  body: Buffer,
): Promise<{ readonly headers: object; readonly trailers: object; readonly body: Buffer; readonly rstCode: number }> {
  const stream = session.request({ ":method": "POST", ":path": "/a.B/C", ...headers });
  let [head, trailers]: object[] = [{}, {}];
  stream.on("response", (received) => (head = received));
  stream.on("trailers", (received) => (trailers = received));
  stream.end(body);
  const parts = await stream.toArray();
  return { headers: head ?? {}, trailers: trailers ?? {}, body: Buffer.concat(parts), rstCode: stream.rstCode ?? 0 };
}

describe("a call of", () => {
  test("our own client is answered with headers, data and trailers", async () => {
    const port = await servers.listen(echo);
    const client = await clients.ready(port);
    const { events } = request(client, "hello", [["x-one", "1"]]);
    await events.finished();
    expect([events.headers, events.text, events.trailers]).toEqual([
      [[":status", "200"]],
      "hello",
      [["x-path", "/a.B/C"]],
    ]);
    const { head } = await lastServer().request(1);
    expect(head).toMatchObject({ method: "POST", scheme: "http", authority: "test", path: "/a.B/C" });
    expect(head.fields).toContainEqual(["x-one", "1"]);
  });

  test("node:http2's client is answered with headers, data and trailers", async () => {
    const session = await sessionOf(await servers.listen(echo));
    const answer = await fetchBy(session, { "x-one": "1" }, Buffer.from("hello"));
    expect(answer).toMatchObject({ headers: { ":status": 200 }, trailers: { "x-path": "/a.B/C" }, rstCode: 0 });
    expect(answer.body.toString()).toBe("hello");
  });

  test("either client arrives whole in both directions, however long it is", async () => {
    const port = await servers.listen(echo);
    const body = Buffer.alloc(9 << 20, "0123456789");
    const [session, client] = [await sessionOf(port), await clients.ready(port)];
    const { events } = request(client, body.toString());
    expect((await fetchBy(session, {}, body)).body.equals(body)).toBe(true);
    expect((await events.finished()).text === body.toString()).toBe(true);
  });

  test("either client has the header lists that were sent, also in CONTINUATION", async () => {
    const port = await servers.listen((incoming) => {
      incoming.stream.respond(
        [[":status", "200"], ...incoming.head.fields.filter(([name]) => name.startsWith("x-"))],
        undefined,
        true,
      );
    });
    const fields: HeaderField[] = Array.from({ length: 12 }, (_, i) => [`x-${i}`, String(i).repeat(1_500 + i)]);
    const { events } = request(await clients.ready(port), "", fields);
    expect((await events.finished()).headers).toEqual([[":status", "200"], ...fields]);
    const answer = await fetchBy(await sessionOf(port), Object.fromEntries(fields), Buffer.alloc(0));
    expect(answer.headers).toMatchObject(Object.fromEntries(fields));
  });
});

describe("a preface", () => {
  test("in pieces of one octet opens the connection", async () => {
    const { server, peer } = await servers.silent();
    for (const octet of Buffer.concat([CONNECTION_PREFACE, settingsFrame()])) {
      peer.send(Buffer.of(octet));
      await turns(1);
    }
    await until(() => server.settings === 1, "SETTINGS come");
    peer.send(headersFrame(1, POST, { endStream: true }));
    expect((await (await server.request(1)).events.finished()).ended).toBe(true);
  });

  test("is answered by SETTINGS with the limits of this side, and their acknowledgement", async () => {
    const { peer } = await servers.withPeer({ maxConcurrentStreams: 7, maxHeaderListBytes: 16_384 });
    const { payload } = await peer.next(FrameType.settings);
    const values = Object.fromEntries(
      Array.from({ length: payload.length / 6 }, (_, i) => [
        payload.readUInt16BE(6 * i),
        payload.readUInt32BE(6 * i + 2),
      ]),
    );
    expect(values).toMatchObject({ [SettingId.maxConcurrentStreams]: 7, [SettingId.maxHeaderListSize]: 16_384 });
    expect(await peer.next(FrameType.settings)).toMatchObject({ flags: FrameFlag.ack });
  });
});

test("padding of HEADERS and DATA is read past, and counts for flow control", async () => {
  const { server, peer } = await servers.withPeer();
  const block = Buffer.from(headersFrame(1, POST)).subarray(9);
  const padded = (flags: number, type: number, payload: Uint8Array): Uint8Array =>
    buildFrame(type, flags | FrameFlag.padded, 1, Buffer.concat([Buffer.of(200), payload, Buffer.alloc(200)]));
  peer.send(padded(FrameFlag.endHeaders, FrameType.headers, block));
  for (let i = 0; i < 4_000; i++) peer.send(padded(0, FrameType.data, Buffer.from("ab")));
  peer.send(padded(FrameFlag.endStream, FrameType.data, Buffer.from("c")));
  const { head, events } = await server.request(1);
  expect(head.path).toBe("/a.B/C");
  expect(await events.finished()).toMatchObject({ bytes: 8_001, ended: true });
  await until(
    () => peer.frames.some(({ type, streamId }) => type === FrameType.windowUpdate && streamId === 1),
    "what came has been announced as consumed",
  );
});

test("trailers of a request come behind its data", async () => {
  const { server, peer } = await servers.withPeer();
  peer.send(
    headersFrame(1, POST),
    dataFrame(1, Buffer.from("x")),
    headersFrame(1, [["x-after", "1"]], { endStream: true }),
  );
  const { events } = await server.request(1);
  expect(await events.finished()).toMatchObject({ ended: true, text: "x", trailers: [["x-after", "1"]] });
});

test("a response waits for the windows of its client, and its trailers for the data", async () => {
  const { server, peer } = await servers.withPeer();
  peer.send(settingsFrame([[SettingId.initialWindowSize, 10]]), headersFrame(1, POST, { endStream: true }));
  const { stream } = await server.request(1);
  stream.respond([[":status", "200"]], undefined, false);
  expect(stream.send(Buffer.alloc(100_000, "x"), false)).toBe(false);
  stream.sendTrailers([["grpc-status", "0"]], undefined);
  await peer.next(FrameType.headers);
  expect((await peer.next(FrameType.data)).payload.length).toBe(10);
  // 6.9.2: SETTINGS change the windows of open streams.
  peer.send(settingsFrame([[SettingId.initialWindowSize, 30]]));
  expect((await peer.next(FrameType.data)).payload.length).toBe(20);
  expect(peer.frames.filter(({ type }) => type === FrameType.headers)).toHaveLength(1);
  peer.send(windowUpdateFrame(1, 1 << 20), windowUpdateFrame(0, 1 << 20));
  const trailers = await peer.next(FrameType.headers);
  expect(trailers.flags & FrameFlag.endStream).toBe(FrameFlag.endStream);
  const sent = peer.frames
    .filter(({ type }) => type === FrameType.data)
    .reduce((sum, { payload }) => sum + payload.length, 0);
  expect([sent, server.connection.openStreams]).toEqual([100_000, 0]);
});

test("a listener that does not read holds its own client's stream back, and no other", async () => {
  const { server, peer } = await servers.withPeer();
  peer.send(headersFrame(1, POST), headersFrame(3, POST));
  const [slow, fast] = [await server.request(1), await server.request(3)];
  slow.stream.pause();
  peer.send(...Array.from({ length: 64 }, () => dataFrame(1, Buffer.alloc(16_384))));
  peer.send(...Array.from({ length: 64 }, () => dataFrame(3, Buffer.alloc(16_384))));
  await until(() => fast.events.bytes === 1 << 20, "the other stream's data comes");
  await peer.next(FrameType.windowUpdate);
  const of = (id: number): number => peer.frames.filter(({ type, streamId }) => type === 8 && streamId === id).length;
  await until(() => of(3) > 0, "its window opens again");
  expect([of(1), slow.events.bytes]).toEqual([0, 0]);
  slow.stream.resume();
  await until(() => of(1) > 0, "so does that of the slow one");
});

test("the sizes of the peer's dynamic table are obeyed from the next block on", async () => {
  const { server, peer } = await servers.withPeer();
  const prepared = server.connection.prepare([
    [":status", "200"],
    ["x-constant", "v"],
  ]);
  const decoder = new HpackDecoder();
  for (const [i, size] of [4_096, 0, 4_096].entries()) {
    peer.send(settingsFrame([[SettingId.headerTableSize, size]]), headersFrame(2 * i + 1, POST, { endStream: true }));
    (await server.request(2 * i + 1)).stream.respond([["x-call", String(i)]], prepared, true);
    decoder.setMaxTableSize(size);
    const { payload } = await peer.next(FrameType.headers);
    expect(decoder.decode(payload)).toEqual([
      [":status", "200"],
      ["x-constant", "v"],
      ["x-call", String(i)],
    ]);
    expect(decoder.tableBytes).toBeLessThanOrEqual(size);
  }
});

test("a response that ends before its request is followed by RST_STREAM NO_ERROR", async () => {
  const { server, peer } = await servers.withPeer();
  peer.send(headersFrame(1, POST));
  (await server.request(1)).stream.respond([[":status", "415"]], undefined, true);
  expect(errorCodeOf(await peer.next(FrameType.rstStream))).toBe(ErrorCode.noError);
  // What was under way is read past.
  peer.send(dataFrame(1, Buffer.from("x")), headersFrame(1, [["x-after", "1"]], { endStream: true }));
  peer.send(headersFrame(3, POST, { endStream: true }));
  await server.request(3);
});

test("RST_STREAM of the client reaches the listener, also behind a whole request", async () => {
  const { server, peer } = await servers.withPeer();
  peer.send(headersFrame(1, POST, { endStream: true }), headersFrame(3, POST));
  const [whole, half] = [await server.request(1), await server.request(3)];
  peer.send(rstStreamFrame(1, ErrorCode.cancel), rstStreamFrame(3, ErrorCode.cancel));
  await until(() => half.events.abort !== undefined, "both have been reset");
  expect([whole.events.abort, half.events.abort]).toEqual(
    Array(2).fill({ kind: "reset", errorCode: ErrorCode.cancel }),
  );
});

test("a stream above MAX_CONCURRENT_STREAMS is refused, and its client may repeat it", async () => {
  const port = await servers.listen(undefined, { maxConcurrentStreams: 1 });
  const { server, peer } = await servers.withPeer({ maxConcurrentStreams: 1 });
  peer.send(headersFrame(1, POST), headersFrame(3, POST));
  expect(errorCodeOf(await peer.next(FrameType.rstStream))).toBe(ErrorCode.refusedStream);
  expect(server.limits).toEqual(["streams"]);
  const client = await clients.ready(port);
  open(client);
  expect(client.connection.hasRoom).toBe(false);
});

describe("the end", () => {
  test("has two GOAWAYs: streams that were under way are served, later ones are not, and the last one closes", async () => {
    const { server, peer } = await servers.withPeer();
    peer.send(headersFrame(1, POST));
    await server.request(1);
    server.connection.goAway("max_age");
    const first = await peer.next(FrameType.goaway);
    expect([first.payload.readUInt32BE(0), errorCodeOf(first), first.payload.toString("latin1", 8)]).toEqual([
      0x7fff_ffff,
      ErrorCode.noError,
      "max_age",
    ]);
    const ping = await peer.next(FrameType.ping);
    peer.send(headersFrame(3, POST, { endStream: true })); // it was under way
    const under = await server.request(3);
    peer.send(pingFrame(ping.payload, { ack: true }));
    const last = await peer.next(FrameType.goaway);
    expect([last.payload.readUInt32BE(0), errorCodeOf(last)]).toEqual([3, ErrorCode.noError]);

    peer.send(
      headersFrame(5, POST),
      dataFrame(5, Buffer.from("ignored")),
      dataFrame(1, Buffer.from("x"), { endStream: true }),
    );
    const whole = await server.request(1);
    await whole.events.finished();
    whole.stream.respond([[":status", "200"]], undefined, true);
    under.stream.respond([[":status", "200"]], undefined, true);
    expect(await server.closed()).toBeUndefined();
    expect([server.requests.length, peer.frames.filter(({ type }) => type === FrameType.goaway).length]).toEqual([
      2, 2,
    ]);
  });

  test("comes without an answer to the PING when close is called", async () => {
    const { server, peer } = await servers.withPeer();
    server.connection.goAway();
    await peer.next(FrameType.goaway);
    server.connection.close();
    expect((await peer.next(FrameType.goaway)).payload.readUInt32BE(0)).toBe(0);
    await server.closed();
  });

  test("loses no call of either client", async () => {
    const port = await servers.listen(echo);
    const [session, client] = [await sessionOf(port), await clients.ready(port)];
    const [ours, nodes] = [request(client, "a"), fetchBy(session, {}, Buffer.from("b"))];
    await until(() => servers.servers.every(({ requests }) => requests.length === 1), "both have come");
    for (const { connection } of servers.servers) connection.goAway();
    expect((await ours.events.finished()).text).toBe("a");
    expect((await nodes).body.toString()).toBe("b");
    for (const server of servers.servers) expect(await server.closed()).toBeUndefined();
    expect(await client.listener.closed()).toBeUndefined();
  });

  test("of the client by GOAWAY waits for its open streams", async () => {
    const port = await servers.listen();
    const client = await clients.ready(port);
    const { events, stream } = open(client);
    const { stream: served } = await lastServer().request(1);
    client.connection.close();
    stream.send(Buffer.from("x"), true);
    await until(() => served.remoteEnded, "the request has come whole");
    served.respond([[":status", "200"]], undefined, true);
    expect((await events.finished()).ended).toBe(true);
    expect(await lastServer().closed()).toBeUndefined();
  });

  test("of the socket loses the streams, and each listener hears it", async () => {
    const { server, peer } = await servers.withPeer();
    peer.send(headersFrame(1, POST), headersFrame(3, POST, { endStream: true }));
    const [one, three] = [await server.request(1), await server.request(3)];
    peer.end();
    expect(await server.closed()).toMatchObject({ message: "the peer closed the connection" });
    expect([one.events.abort?.kind, three.events.abort?.kind]).toEqual(["lost", "lost"]);
  });
});
