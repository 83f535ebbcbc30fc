/** The client against servers of node:http2: what a correct peer sees and sends. */

import {
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from "node:http2";
import { turns, until } from "@agent-team/test-support/until";
import { afterEach, describe, expect, test } from "vitest";
import { Clients, open, request } from "./support/client.ts";

const clients = new Clients();
afterEach(() => clients.stop());

type Handler = (stream: ServerHttp2Stream, headers: Record<string, string>) => void;

interface Served {
  readonly port: number;
  readonly server: Http2Server;
  session(): ServerHttp2Session;
}

async function serve(handler: Handler, settings: Settings = {}): Promise<Served> {
  // By default it refuses streams while 10 MB wait to be sent.
  const server = createServer({ settings, maxSessionMemory: 100 });
  let session: ServerHttp2Session | undefined;
  server.on("session", (opened: ServerHttp2Session) => {
    session = opened;
    opened.on("error", () => {}); // the client's end of it is what the tests look at
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: object) => {
    stream.on("error", () => {});
    handler(stream, headers as Record<string, string>);
  });
  return { server, port: await clients.listen(server), session: () => session as ServerHttp2Session };
}

const echo: Handler = (stream) => {
  stream.respond({ ":status": 200 }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": "last" }));
  stream.pipe(stream);
};

test("a request is answered with headers, data and trailers", async () => {
  let seen: Record<string, string> = {};
  const { port } = await serve((stream, headers) => {
    seen = headers;
    echo(stream, headers);
  });
  const client = await clients.ready(port);
  const { events } = request(client, "hello", [
    ["x-one", "1"],
    ["x-two", "2"],
  ]);
  await events.finished();
  expect(seen).toMatchObject({ ":method": "POST", ":path": "/a.B/C", "x-one": "1", "x-two": "2" });
  expect(events.headers).toContainEqual([":status", "200"]);
  expect([events.text, events.trailers, events.ended]).toEqual(["hello", [["x-trailer", "last"]], true]);
  expect([client.connection.openStreams, client.listener.closedStreams]).toEqual([0, 1]);
});

test("a thousand calls on one connection have their own answers, and headers are compressed from the second on", async () => {
  const { port } = await serve(echo);
  const client = await clients.ready(port);
  for (let round = 0; round < 20; round++) {
    const calls = Array.from(
      { length: 50 },
      (_, i) => [`${round}/${i}`, request(client, `${round}/${i}`).events] as const,
    );
    for (const [text, events] of calls) expect((await events.finished()).text).toBe(text);
  }
  expect(client.connection.openStreams).toBe(0);
});

test("ten megabytes go up and down at once, within the windows of both sides", async () => {
  const { port } = await serve(echo);
  const client = await clients.ready(port);
  const { stream, events } = open(client);
  const block = Buffer.alloc(64 * 1_024, "abcdefg");
  for (let i = 0; i < 160; i++) stream.send(block, i === 159);
  await events.finished();
  expect(events.bytes).toBe(160 * block.length);
  expect(Buffer.concat(events.parts).equals(Buffer.concat(Array.from({ length: 160 }, () => block)))).toBe(true);
  expect(events.drains).toBeGreaterThan(0);
});

test("send returns false while the server does not read, and onDrain follows when it reads again", async () => {
  let served: ServerHttp2Stream | undefined;
  const { port } = await serve((stream) => {
    served = stream;
    stream.respond({ ":status": 200 });
  });
  const client = await clients.ready(port);
  const { stream, events } = open(client);
  await until(() => served !== undefined, "the stream arrives");
  let sent = 0;
  while (stream.send(Buffer.alloc(16_384), false) && sent < 1_000) sent++;
  await turns(50);
  expect(sent).toBeLessThan(20);
  expect(events.drains).toBe(0);
  served?.resume();
  await until(() => events.drains === 1, "there is room");
});

test("a listener that pauses holds its own stream back and not its neighbour's", async () => {
  const { port } = await serve((stream, headers) => {
    if (headers["x-size"] === undefined) return echo(stream, headers);
    stream.respond({ ":status": 200 });
    stream.end(Buffer.alloc(Number(headers["x-size"])));
  });
  const client = await clients.ready(port);
  const paused = Array.from({ length: 8 }, () => request(client, "", [["x-size", String(3 << 20)]]));
  for (const { stream } of paused) stream.pause();
  await until(() => paused.every(({ events }) => events.headers !== undefined), "the headers come");
  await turns(100);
  expect(paused.map(({ events }) => events.bytes)).toEqual(paused.map(() => 0));
  // Eight streams with a full window are more than the connection's first window.
  const { events } = request(client, "hello");
  expect((await events.finished()).text).toBe("hello");
  for (const { stream } of paused) stream.resume();
  for (const { events } of paused) expect((await events.finished()).bytes).toBe(3 << 20);
});

test("pause within data holds back all that follows, and the end comes after it has been read", async () => {
  const { port } = await serve((stream) => {
    stream.respond({ ":status": 200 });
    stream.write("one");
    setImmediate(() => stream.end("two"));
  });
  const client = await clients.ready(port);
  const { stream, events } = request(client);
  const { onData } = events;
  events.onData = (...part) => {
    stream.pause();
    onData.call(events, ...part);
  };
  await until(() => client.connection.openStreams === 0, "the server has ended the stream");
  expect([events.text, events.ended]).toEqual(["one", false]);
  stream.resume();
  expect([events.text, events.ended]).toEqual(["onetwo", false]);
  stream.resume();
  expect(events.ended).toBe(true);
});

test("reset is RST_STREAM with its code, the listener hears no more, and other streams go on", async () => {
  const codes: (number | undefined)[] = [];
  const { port } = await serve((stream, headers) => {
    stream.on("close", () => codes.push(stream.rstCode));
    if (headers["x-endless"] === undefined) return echo(stream, headers);
    stream.respond({ ":status": 200 });
    stream.write("first");
  });
  const client = await clients.ready(port);
  const { stream, events } = request(client, "", [["x-endless", "1"]]);
  await until(() => events.bytes > 0, "the first data");
  stream.reset(8);
  expect((await request(client, "next").events.finished()).text).toBe("next");
  expect([events.ended, events.abort]).toEqual([false, undefined]);
  expect(codes[0]).toBe(8);
});

test("RST_STREAM of the server ends its stream with the code", async () => {
  const { port } = await serve((stream) => stream.close(7));
  const client = await clients.ready(port);
  expect((await request(client).events.finished()).abort).toEqual({ kind: "reset", errorCode: 7 });
});

test("MAX_CONCURRENT_STREAMS bounds what is open, and a closed stream makes room", async () => {
  const { port } = await serve(() => {}, { maxConcurrentStreams: 2 });
  const client = await clients.ready(port);
  const first = open(client);
  open(client);
  expect(client.connection.hasRoom).toBe(false);
  expect(() => open(client)).toThrow("no stream was opened");
  first.stream.reset(8);
  expect(client.connection.hasRoom).toBe(true);
});

test("a PING is answered, and ours is acknowledged with its round trip", async () => {
  const { port, session } = await serve(echo);
  const client = await clients.ready(port);
  const trips: number[] = [];
  expect(client.connection.ping((ms) => trips.push(ms))).toBe(true);
  clients.nowMs += 7;
  await until(() => trips.length > 0, "the acknowledgement");
  expect(trips).toEqual([7]);
  const answered = Promise.withResolvers<Error | null>();
  session().ping((error) => answered.resolve(error));
  expect(await answered.promise).toBeNull();
});

describe("the end of a connection", () => {
  test("close takes no new streams, waits for the last one, and closes the socket", async () => {
    const { port, session } = await serve(echo);
    const client = await clients.ready(port);
    const { stream, events } = open(client);
    await until(() => session() !== undefined, "the session");
    const server = session();
    client.connection.close();
    expect(client.connection.hasRoom).toBe(false);
    stream.send(Buffer.from("bye"), true);
    expect((await events.finished()).text).toBe("bye");
    expect(await client.listener.closed()).toBeUndefined();
    await until(() => server.destroyed, "the server sees the end");
  });

  test("GOAWAY lets streams finish that the server has looked at", async () => {
    let finish: (() => void) | undefined;
    const { port, session } = await serve((stream, headers) => {
      finish = () => echo(stream, headers);
    });
    const client = await clients.ready(port);
    const { events } = request(client, "late");
    await until(() => finish !== undefined, "the request arrives");
    session().goaway(0, 1, Buffer.from("max_age"));
    await until(() => client.listener.goaways.length > 0, "GOAWAY comes");
    expect(client.listener.goaways).toEqual([{ errorCode: 0, lastStreamId: 1, debug: "max_age" }]);
    expect(client.connection.hasRoom).toBe(false);
    finish?.();
    expect((await events.finished()).text).toBe("late");
    expect(await client.listener.closed()).toBeUndefined();
  });

  test("a server that is killed loses the open streams", async () => {
    const { port } = await serve((stream) => stream.respond({ ":status": 200 }));
    const client = await clients.ready(port);
    const { events } = request(client);
    await until(() => events.headers !== undefined, "headers");
    clients.killServers();
    expect((await events.finished()).abort).toMatchObject({ kind: "lost" });
    expect((await client.listener.closed())?.message).toBe("the peer closed the connection");
  });

  test("destroy ends streams as lost, and the connection with its reason, in a later tick", async () => {
    const { port } = await serve(() => {});
    const client = await clients.ready(port);
    const { events } = request(client);
    const reason = new Error("enough");
    client.connection.destroy(reason);
    expect([events.abort, client.listener.closes]).toEqual([undefined, []]);
    expect(await client.listener.closed()).toBe(reason);
    expect(events.abort).toEqual({ kind: "lost", reason });
  });

  test("an address without a listener is an error", async () => {
    const { port, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const client = clients.connect(port);
    expect(await client.listener.closed()).toMatchObject({ code: "ECONNREFUSED" });
  });
});
