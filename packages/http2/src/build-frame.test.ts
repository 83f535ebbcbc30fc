// Our frames on real sockets against node:http2, which refuses a connection at the first byte that is wrong.
import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import {
  CONNECTION_PREFACE,
  continuationFrame,
  dataFrame,
  goawayFrame,
  headersFrame,
  pingFrame,
  rstStreamFrame,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
} from "./build-frame.ts";
import { ErrorCode, FrameFlag, FrameType, SettingId } from "./constants.ts";
import { FRAME_HEADER_BYTES, type FrameHeader, readFrameHeader } from "./frame.ts";

// RFC 7541 6.1 and appendix A: one byte is an indexed field of the static table.
const GET = 0x82;
const PATH_ROOT = 0x84;
const SCHEME_HTTP = 0x86;
const STATUS_200 = 0x88;
// RFC 7541 6.2.2: a literal whose name is entry 1 (:authority), one byte long: "x".
const AUTHORITY_X = [0x01, 0x01, 0x78];

const onExit: (() => void)[] = [];

afterEach(() => {
  for (const close of onExit.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onExit.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A node:http2 client whose only peer is `speak`. */
async function clientOf(speak: (socket: Socket) => void): Promise<ReturnType<typeof connectHttp2>> {
  const server = createServer((socket) => {
    onExit.push(() => socket.destroy());
    socket.resume();
    socket.on("error", () => {}); // the client hangs up as it likes
    speak(socket);
  });
  const session = connectHttp2(`http://127.0.0.1:${await listen(server)}`);
  onExit.push(() => session.destroy());
  return session;
}

async function* readFrames(socket: Socket): AsyncGenerator<FrameHeader> {
  let unread = Buffer.alloc(0);
  for await (const chunk of socket) {
    unread = Buffer.concat([unread, chunk as Buffer]);
    while (unread.length >= FRAME_HEADER_BYTES) {
      const header = readFrameHeader(unread, 0);
      if (unread.length < FRAME_HEADER_BYTES + header.length) break;
      unread = unread.subarray(FRAME_HEADER_BYTES + header.length);
      yield header;
    }
  }
}

test("node:http2 reads a request of our frames and answers it", async () => {
  const served = createHttp2Server((request, response) => {
    response.writeHead(200).end(request.url);
  });
  const socket = connect(await listen(served), "127.0.0.1");
  onExit.push(() => socket.destroy());
  socket.write(CONNECTION_PREFACE);
  socket.write(settingsFrame([[SettingId.enablePush, 0]]));
  socket.write(settingsAckFrame());
  socket.write(windowUpdateFrame(0, 1_000));
  socket.write(headersFrame(1, new Uint8Array([GET, PATH_ROOT]), { endStream: true, endHeaders: false }));
  socket.write(continuationFrame(1, new Uint8Array([SCHEME_HTTP, ...AUTHORITY_X])));
  socket.write(pingFrame(new Uint8Array(8)));

  const seen = new Map<number, FrameHeader>();
  for await (const header of readFrames(socket)) {
    seen.set(header.type, header);
    if (header.type === FrameType.rstStream || (seen.has(FrameType.data) && seen.has(FrameType.ping))) break;
  }

  expect(seen.get(FrameType.ping)).toEqual({ length: 8, type: FrameType.ping, flags: FrameFlag.ack, streamId: 0 });
  expect(seen.get(FrameType.headers)).toMatchObject({ streamId: 1 });
  expect(seen.get(FrameType.data)).toMatchObject({ streamId: 1, length: "/".length });
});

test("node:http2 accepts a response of our frames", async () => {
  const session = await clientOf((socket) => {
    socket.write(settingsFrame([[SettingId.maxConcurrentStreams, 7]]));
    socket.write(headersFrame(1, new Uint8Array([STATUS_200])));
    socket.write(dataFrame(1, Buffer.from("hello"), { endStream: true }));
  });
  const stream = session.request({ ":path": "/" });
  const body: Buffer[] = [];
  for await (const chunk of stream) body.push(chunk as Buffer);

  expect(Buffer.concat(body).toString()).toBe("hello");
  expect(session.remoteSettings.maxConcurrentStreams).toBe(7);
});

test("node:http2 reads the error code of our RST_STREAM", async () => {
  const session = await clientOf((socket) => {
    socket.write(settingsFrame());
    socket.write(rstStreamFrame(1, ErrorCode.refusedStream));
  });
  const stream = session.request({ ":path": "/" });
  const [error] = (await once(stream, "close").catch((cause: unknown) => [cause])) as [unknown];

  expect(error).toMatchObject({ message: expect.stringContaining("REFUSED_STREAM") });
  expect(stream.rstCode).toBe(ErrorCode.refusedStream);
});

test("node:http2 reads the last stream id, the error code and the debug text of our GOAWAY", async () => {
  const session = await clientOf((socket) => {
    socket.write(settingsFrame());
    socket.write(goawayFrame(0, ErrorCode.noError, "max_age"));
  });
  const [code, lastStreamId, words] = (await once(session, "goaway")) as [number, number, Buffer];

  expect({ code, lastStreamId, words: String(words) }).toEqual({ code: 0, lastStreamId: 0, words: "max_age" });
});
