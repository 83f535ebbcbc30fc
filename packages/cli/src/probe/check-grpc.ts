/**
 * One `grpc.health.v1.Health/Check` over a connection of its own. Comes in: the address and the options. Goes out: a verdict
 * within the two timeouts; the socket is closed then. It never retries: the caller of the probe counts failures.
 *
 * It uses `node:http2` instead of the channel, which resolves, balances and retries: a health check must show the state of
 * one address, which may come from the hosts file.
 */

import { type ClientHttp2Session, connect as connectHttp2, constants, type IncomingHttpHeaders } from "node:http2";
import * as net from "node:net";
import * as tls from "node:tls";
import type { Clock } from "@agent-team/foundation/clock";
import type { GrpcAddress } from "./address.ts";
import { decodeCheckResponse, encodeCheckRequest } from "./health-message.ts";
import type { ProbeOptions } from "./options.ts";
import type { Verdict } from "./verdict.ts";
import { within } from "./within.ts";

const PATH = "/grpc.health.v1.Health/Check";
/** A response has 7 bytes. A stream with more bytes than this is cancelled. */
const MAX_RESPONSE_BYTES = 4_096;
/** The gRPC status of servers without the health service. */
const UNIMPLEMENTED = "12";

export async function checkGrpc(
  options: ProbeOptions,
  address: GrpcAddress,
  clock: Clock,
  log: (line: string) => void,
): Promise<Verdict> {
  const socket = openSocket(options, address);
  const session = connectHttp2(`${options.tls === undefined ? "http" : "https"}://peer`, {
    createConnection: () => socket,
  });
  try {
    const startedMs = clock.now();
    const failure = await within(clock, options.connectTimeoutMs, untilConnected(session, socket));
    if (failure !== undefined) return { kind: "unreachable", reason: failure };
    const connectedMs = clock.now();
    log(`connected in ${Math.round(connectedMs - startedMs)} ms`);
    const answer = await within(clock, options.rpcTimeoutMs, ask(session, options, address));
    log(`answered in ${Math.round(clock.now() - connectedMs)} ms`);
    return typeof answer === "string" ? { kind: "rpc-failed", reason: answer } : answer;
  } finally {
    session.destroy();
    // `session.destroy` waits for a connecting socket: two minutes when the address does not respond.
    socket.destroy();
  }
}

function openSocket({ tls: secure }: ProbeOptions, { socket }: GrpcAddress): net.Socket {
  if (secure === undefined) return net.connect({ ...socket, noDelay: true });
  const host = "path" in socket ? "localhost" : (socket.host ?? "");
  const { verify, ca, cert, key, serverName } = secure;
  return tls.connect({
    ...socket,
    ALPNProtocols: ["h2"],
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    // RFC 6066 3: a server name is never an IP address.
    ...(serverName === undefined ? (net.isIP(host) === 0 ? { servername: host } : {}) : { servername: serverName }),
  });
}

/** Resolves to undefined at the peer's SETTINGS, otherwise to the reason of the failure. */
function untilConnected(session: ClientHttp2Session, socket: net.Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    session.once("remoteSettings", () => resolve(undefined));
    for (const emitter of [session, socket]) emitter.on("error", (error: Error) => resolve(reasonOf(error)));
    session.once("close", () => resolve("the connection was closed before HTTP/2 began"));
  });
}

/** Resolves to a verdict, or to the reason of a failed call. */
function ask(
  session: ClientHttp2Session,
  options: ProbeOptions,
  { authority }: GrpcAddress,
): Promise<Verdict | string> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": PATH,
      ":authority": options.tls?.serverName ?? authority,
      "content-type": "application/grpc",
      te: "trailers",
      "grpc-timeout": grpcTimeout(options.rpcTimeoutMs),
      "user-agent": options.userAgent,
      ...options.headers,
    });
    const chunks: Buffer[] = [];
    let head: IncomingHttpHeaders = {};
    stream.on("response", (headers) => (head = headers));
    stream.on("trailers", (trailers) => (head = { ...head, ...trailers }));
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunks.reduce((sum, { length }) => sum + length, 0) > MAX_RESPONSE_BYTES)
        stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on("error", (error) => resolve(reasonOf(error)));
    stream.on("close", () => resolve(read(head, Buffer.concat(chunks))));
    stream.end(encodeCheckRequest(options.service));
  });
}

function read(head: IncomingHttpHeaders, body: Buffer): Verdict | string {
  const httpStatus = head[":status"] as unknown as number | undefined;
  if (httpStatus === undefined) return "the connection ended before the answer";
  if (httpStatus !== 200) return `HTTP ${httpStatus}, which no gRPC server answers`;
  const grpcStatus = head["grpc-status"];
  if (grpcStatus === UNIMPLEMENTED) return "this server has no grpc.health.v1.Health";
  if (grpcStatus !== "0")
    return `gRPC status ${String(grpcStatus ?? "missing")} ${decodeMessage(String(head["grpc-message"] ?? ""))}`;
  const status = decodeCheckResponse(body);
  if (status === undefined) return `expected a HealthCheckResponse, got ${body.length} other bytes`;
  return status === "SERVING" ? { kind: "serving" } : { kind: "not-serving", status };
}

/** gRPC over HTTP/2: "TimeoutValue → {positive integer as ASCII string of at most 8 digits}". */
function grpcTimeout(timeoutMs: number): string {
  return timeoutMs < 100_000_000 ? `${Math.ceil(timeoutMs)}m` : `${Math.ceil(timeoutMs / 1_000)}S`;
}

/** gRPC over HTTP/2: "Status-Message → Percent-Encoded"; malformed text is returned undecoded. */
function decodeMessage(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function reasonOf(error: Error): string {
  // For a name with several addresses the error is an AggregateError with an empty message.
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  return (first ?? error).message;
}
