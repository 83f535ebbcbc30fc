/**
 * The server that all peers call: gRPC's echo on node:http2 without any gRPC library, so that it is cheap enough not to be
 * the bottleneck (it says what it used). Its argument is the number of ports on which it listens: each plays a task.
 */

import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { answerParent } from "./child.ts";
import { cpuMicros } from "./cpu.ts";

/** More than any peer has in flight, so that none waits for room. */
const MAX_STREAMS = 1_000;
const ANSWER = { ":status": 200, "content-type": "application/grpc" };
const STATUS_OK = { "grpc-status": "0" };

let calls = 0;

function answer(stream: ServerHttp2Stream): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => {}); // the client's end of it is the client's to report
  stream.on("wantTrailers", () => stream.sendTrailers(STATUS_OK));
  stream.on("end", () => {
    calls++;
    stream.respond(ANSWER, { waitForTrailers: true });
    stream.end(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}

/** Resolves to the address, `host:port`, with a port that was free. */
async function listen(host: string): Promise<string> {
  const server: Http2Server = createServer({ settings: { maxConcurrentStreams: MAX_STREAMS } });
  server.on("stream", answer);
  server.listen(0, host);
  await once(server, "listening");
  return `${host}:${(server.address() as AddressInfo).port}`;
}

/** Like tasks of two zones: in turn on two addresses. Not every system knows all of 127.0.0.0/8; then only the ports differ. */
const addresses: string[] = [];
for (let i = 0; i < Number(process.argv[2]); i++)
  addresses.push(await listen(`127.0.0.${1 + (i % 2)}`).catch(() => listen("127.0.0.1")));

/** What the load server answers to any question: where it listens, and what it has done and used since it started. */
export interface LoadServerReport {
  readonly addresses: readonly string[];
  readonly calls: number;
  readonly cpuMicros: number;
}

answerParent((): LoadServerReport => ({ addresses, calls, cpuMicros: cpuMicros() }));
