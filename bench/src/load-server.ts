/**
 * The server that all peers call. Its argument is `LoadServerOptions` as JSON. It says what it used, so that a report shows whether
 * clients waited for it.
 */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { systemClock } from "@agent-team/foundation/clock";
import { answerParent } from "./child.ts";
import { cpuMicros } from "./cpu.ts";
import { HANG_PATH, PING_PONG_PATH, STREAM_MESSAGES, STREAM_PATH } from "./echo.ts";
import { type Handler, LoadConnection, type ServedCall } from "./load-connection.ts";

/** More than any peer has in flight, so that none waits for room. */
const MAX_STREAMS = 1_000;

/** How the server is started. */
export interface LoadServerOptions {
  /** On how many it listens: each plays a task. */
  readonly ports: number;
  /** How much later the last port answers a unary call, in ms. Default 0. */
  readonly slowMs?: number | undefined;
  /** With them it speaks TLS. PEM. */
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined;
}

const { ports, slowMs = 0, identity } = JSON.parse(process.argv[2] as string) as LoadServerOptions;

/** A method: what answers a call, which is counted elsewhere. */
type Method = (call: ServedCall, request: Buffer) => void;

/** The request's message back. */
const echo: Method = (call, request) => call.send(request);

/** The request's message so many times. One `send` for each: a server's messages are made one by one. */
const stream: Method = (call, request) => {
  for (let i = 0; i < STREAM_MESSAGES; i++) call.send(request);
};

/** One of the ports, which plays a task. */
class Task {
  calls = 0;
  readonly #delayMs: number;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Any method but ping-pong answers a request that is whole. */
  handlerOf(path: string): Handler {
    if (path === PING_PONG_PATH) return (call, part) => (part === undefined ? this.#end(call) : call.send(part));
    if (path === HANG_PATH) return () => {};
    const method = path === STREAM_PATH ? stream : echo;
    return (call, part) => {
      if (part !== undefined) call.kept.push(part);
      else if (this.#delayMs === 0) this.#answer(call, method);
      else systemClock.setTimer(this.#delayMs, () => this.#answer(call, method));
    };
  }

  #answer(call: ServedCall, method: Method): void {
    method(call, call.kept.length === 1 ? (call.kept[0] as Buffer) : Buffer.concat(call.kept));
    this.#end(call);
  }

  #end(call: ServedCall): void {
    this.calls++;
    call.end();
  }
}

const tasks = Array.from({ length: ports }, (_, i) => new Task(i === ports - 1 ? slowMs : 0));

function createListener(task: Task): Server {
  const serve = (socket: Socket): void => {
    new LoadConnection(socket, MAX_STREAMS, (path) => task.handlerOf(path));
  };
  if (identity === undefined) return createServer(serve);
  return createTlsServer({ cert: identity.certificate, key: identity.key, ALPNProtocols: ["h2"] }, serve);
}

/** Resolves to the address, `host:port`, with a port that was free. */
async function listen(task: Task, host: string): Promise<string> {
  const server = createListener(task).listen(0, host);
  await once(server, "listening");
  return `${host}:${(server.address() as AddressInfo).port}`;
}

/** Like tasks of two zones: in turn on two addresses. Not every system knows all of 127.0.0.0/8; then only the ports differ. */
const addresses: string[] = [];
for (const [i, task] of tasks.entries())
  addresses.push(await listen(task, `127.0.0.${1 + (i % 2)}`).catch(() => listen(task, "127.0.0.1")));

/** What the load server answers to any question: where it listens, and what it has done and used since it started. */
export interface LoadServerReport {
  readonly addresses: readonly string[];
  readonly calls: number;
  /** The same by port, in the order of `addresses`. */
  readonly callsOfPorts: readonly number[];
  readonly cpuMicros: number;
}

answerParent((): LoadServerReport => {
  const callsOfPorts = tasks.map((task) => task.calls);
  const calls = callsOfPorts.reduce((sum, each) => sum + each, 0);
  return { addresses, calls, callsOfPorts, cpuMicros: cpuMicros() };
});
