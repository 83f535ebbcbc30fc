import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { GetWorkflowRequestSchema, GetWorkflowResponseSchema, WatchRunResponseSchema } from "@agent-team/contracts";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { EVENTS, FRAME_PREFIX_BYTES, frame, PATH, workflowOf } from "../workload.ts";

const HEAD = { ":status": 200, "content-type": "application/grpc" };

/** node:http2 by hand: no deadline, no limits, no errors. Roughly the floor of what stands on it. */
export async function start(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  server.on("stream", (stream, { ":path": path }) => {
    stream.respond(HEAD, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.on("error", () => {}); // the benchmark's end
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => void (path === PATH ? answer(stream, Buffer.concat(parts)) : answerMany(stream)));
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function answer(stream: ServerHttp2Stream, body: Buffer): Promise<void> {
  const request = fromBinary(GetWorkflowRequestSchema, body.subarray(FRAME_PREFIX_BYTES));
  await Promise.resolve();
  const response = create(GetWorkflowResponseSchema, { workflow: workflowOf(request) });
  stream.end(frame(toBinary(GetWorkflowResponseSchema, response)));
}

function answerMany(stream: ServerHttp2Stream): void {
  for (const event of EVENTS)
    stream.write(frame(toBinary(WatchRunResponseSchema, create(WatchRunResponseSchema, event))));
  stream.end();
}
