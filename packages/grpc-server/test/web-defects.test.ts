// A web answer whose body throws is a defect of the server, and is logged. A client that leaves is not.
import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { systemClock } from "@agent-team/foundation/clock";
import { until } from "@agent-team/test-support/until";
import { expect, test } from "vitest";
import { Listener } from "../src/connection/listener.ts";
import { LimitCounts } from "../src/limits.ts";
import type { AnswerWeb } from "../src/web-request.ts";
import { RawSocket } from "./http-client.ts";
import { closed } from "./raw-client.ts";

const HEAD = "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
const defect = new Error("a defect of the server");

interface ServedWeb extends AsyncDisposable {
  readonly port: number;
  readonly defects: readonly unknown[];
}

/** A port whose answers have this body. */
async function serveBody(bodyOf: (signal: AbortSignal) => AsyncIterable<Uint8Array>): Promise<ServedWeb> {
  const defects: unknown[] = [];
  const answerWeb: AnswerWeb = async ({ signal }) => ({ status: 200, header: new Headers(), body: bodyOf(signal) });
  const listener = new Listener({
    clock: systemClock,
    random: () => 0.5,
    routes: new Map(),
    maxReceiveMessageBytes: 1_024,
    limits: new LimitCounts(() => {}),
    answerWeb,
    onDefect: (path, thrown) => defects.push([path, thrown]),
  });
  const names = { hostVariable: "host", portVariable: "port" };
  const port = await listener.listen({ host: "127.0.0.1", port: 0, ...names }, () => {});
  return {
    port,
    defects,
    [Symbol.asyncDispose]() {
      listener.stopListening();
      listener.disconnect();
      return listener.disconnected();
    },
  };
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("a part");
  throw defect;
}

test("over HTTP/1.1 the client's connection ends, and the defect is reported", async () => {
  await using server = await serveBody(broken);
  using client = new RawSocket(server.port, HEAD);
  expect(await client.received).not.toContain("\r\n0\r\n");
  await until(() => server.defects.length > 0, "the defect is reported");
  expect(server.defects).toEqual([["/a", defect]]);
});

test("over HTTP/2 the stream is reset, and the defect is reported", async () => {
  await using server = await serveBody(broken);
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({ ":method": "POST", ":path": "/a" });
  stream.on("error", () => {}).resume();
  await closed(stream);
  expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  session.destroy();
  await until(() => server.defects.length > 0, "the defect is reported");
  expect(server.defects).toEqual([["/a", defect]]);
});

test("a client that leaves in the middle of an answer is no defect", async () => {
  const left = Promise.withResolvers<void>();
  await using server = await serveBody(async function* (signal) {
    try {
      yield Buffer.from("a part");
      await once(signal, "abort");
      throw signal.reason;
    } finally {
      left.resolve();
    }
  });
  const client = new RawSocket(server.port, HEAD);
  await once(client.socket, "data").finally(() => client[Symbol.dispose]());
  await left.promise;
  using other = new RawSocket(server.port, HEAD);
  await once(other.socket, "data");
  expect(server.defects).toEqual([]);
});
