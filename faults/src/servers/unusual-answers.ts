/** Responses that break the protocol or never become whole. */

import type { ServerHttp2Stream } from "node:http2";
import { systemClock } from "@agent-team/foundation/clock";
import type { Malformed } from "./manner.ts";

const RESPONSE = { ":status": 200, "content-type": "application/grpc" };
const OK = { "grpc-status": "0" };

export function answerMalformed(stream: ServerHttp2Stream, malformed: Malformed, message: Buffer): void {
  stream.on("wantTrailers", () => stream.sendTrailers(trailersOf(malformed)));
  stream.respond(RESPONSE, { waitForTrailers: true });
  stream.end(bodyOf(malformed, message));
}

function trailersOf(malformed: Malformed): Record<string, string> {
  if (malformed === "status") return { "grpc-status": "fine" };
  return malformed === "no-status" ? { "x-other": "1" } : OK;
}

function bodyOf(malformed: Malformed, message: Buffer): Buffer {
  switch (malformed) {
    case "cut":
      return message.subarray(0, -1);
    case "huge":
      return Buffer.from([0, 0x40, 0, 0, 0, 1]);
    case "garbage":
      return Buffer.from("this is no gRPC message");
    case "status":
    case "no-status":
      return message;
  }
}

/** One byte a second. */
export function trickle(stream: ServerHttp2Stream, message: Buffer): void {
  stream.on("wantTrailers", () => stream.sendTrailers(OK));
  stream.respond(RESPONSE, { waitForTrailers: true });
  let sent = 0;
  const send = (): void => {
    if (stream.destroyed || stream.closed) return;
    if (sent === message.length) return void stream.end();
    stream.write(message.subarray(sent, ++sent));
    systemClock.setTimer(1_000, send);
  };
  send();
}
