/**
 * Calls a server under measurement, in a process of its own and as cheaply as can be: one connection of our HTTP/2, requests that are
 * encoded once, answers that are counted and not decoded.
 */

import { once } from "node:events";
import { connect } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { ClientConnection, type HeaderField, type PreparedFields } from "@agent-team/http2";
import { answerParent } from "./child.ts";
import { EVENTS, encode, frame, LARGE_REQUEST, PATH, REQUEST, STREAM_PATH } from "./workload.ts";

/** So many calls, so many at a time. */
export interface CallRequest {
  readonly kind: "unary" | "large" | "stream";
  readonly calls: number;
  readonly inFlight: number;
}

export interface CallReport {
  readonly elapsedMs: number;
}

const COMMON: readonly HeaderField[] = [
  [":scheme", "http"],
  [":authority", "127.0.0.1"],
  ["content-type", "application/grpc"],
  ["te", "trailers"],
  ["grpc-timeout", "60000m"],
];

const [port] = process.argv.slice(2).map(Number) as [number];
const bodies = {
  unary: frame(encode(REQUEST)),
  large: frame(encode(LARGE_REQUEST)),
  stream: frame(new Uint8Array()),
};

/** A connection, with its methods. Servers end one after a while: the next calls get another. */
interface Line {
  readonly connection: ClientConnection;
  readonly methods: Readonly<Record<CallRequest["kind"], PreparedFields>>;
}

let line = await openLine();

answerParent(async ({ kind, calls, inFlight }: CallRequest): Promise<CallReport> => {
  if (!line.connection.hasRoom) line = await openLine();
  const startMs = performance.now();
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call(line, kind);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { elapsedMs: performance.now() - startMs };
});

async function openLine(): Promise<Line> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const ready = Promise.withResolvers<void>();
  const listener = { onSettings: ready.resolve, onStreamClose() {}, onGoaway() {}, onClose() {} };
  const connection = new ClientConnection(socket, { now: () => systemClock.now() }, listener);
  await ready.promise;
  const prepare = (path: string): PreparedFields =>
    connection.prepare([[":method", "POST"], [":path", path], ...COMMON]);
  const unary = prepare(PATH);
  return { connection, methods: { unary, large: unary, stream: prepare(STREAM_PATH) } };
}

/** @throws Error for an answer of another size, or another status than OK. */
function call({ connection, methods }: Line, kind: CallRequest["kind"]): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let status = "none";
    const stream = connection.open(methods[kind], [], {
      onHeaders() {},
      onData: (_, start, end) => {
        bytes += end - start;
      },
      onTrailers: (fields) => {
        status = fields.find(([name]) => name === "grpc-status")?.[1] ?? "none";
      },
      onEnd: () => {
        const isRight = status === "0" && bytes >= (kind === "stream" ? EVENTS.length : bodies[kind].length);
        if (isRight) resolve();
        else reject(new Error(`a call that ended with the status ${status} behind ${bytes} bytes`));
      },
      onAbort: ({ kind: how }) => reject(new Error(`a call was ${how}`)),
      onDrain() {},
    });
    if (stream === undefined) return reject(new Error("the server admits fewer calls at a time"));
    stream.send(bodies[kind], true);
  });
}
