import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { isJournalError } from "../errors.ts";
import type { Journal, ListedDocument } from "../journal.ts";
import { encodeFrame, type Frame, FrameReader } from "./frame.ts";
import type { DocumentHeader, Request, Result } from "./protocol.ts";

export interface ServeJournalOptions {
  readonly journal: Journal;
  /** A loopback address: the protocol asks nobody who he is. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
}

/** A journal on a socket. */
export interface JournalServer {
  readonly port: number;
  /** What a process that shares the journal gets as JOURNAL_URL. */
  readonly url: string;
  /** Ends all connections. The journal itself stays open: it is its creator's. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Lets other processes of this machine share a journal (`TcpJournal` is the client). For development.
 *
 * @throws Error when `host` is not a loopback address, or cannot be bound
 */
export async function serveJournal({
  journal,
  host = "127.0.0.1",
  port = 0,
}: ServeJournalOptions): Promise<JournalServer> {
  if (!/^127\.|^::1$/.test(host)) throw new Error(`the journal is shared on loopback only, not on ${host}`);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    answer(socket, journal);
  });
  const bound = await listen(server, host, port);
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const close = (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    return closed;
  };
  const authority = host.includes(":") ? `[${host}]` : host;
  return { port: bound, url: `tcp://${authority}:${bound}`, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Answers one connection until it ends, or until it sends what is not ours. */
function answer(socket: Socket, journal: Journal): void {
  const reader = new FrameReader();
  const refuse = (): void => void socket.destroy(); // not our protocol: nothing that could be answered
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy()); // the client reconnects; its requests are its own to repeat
  socket.on("drain", () => socket.resume());
  socket.on("data", (chunk) => {
    try {
      for (const frame of reader.push(chunk)) run(journal, frame).then((reply) => send(socket, reply), refuse);
    } catch {
      refuse();
    }
  });
}

/** A client that does not read its answers is not read from either, so that they cannot pile up here. */
function send(socket: Socket, reply: Frame): void {
  if (socket.writable && !socket.write(encodeFrame(reply))) socket.pause();
}

async function run(journal: Journal, frame: Frame): Promise<Frame> {
  const request = frame.header as Request;
  try {
    return await execute(journal, request, frame.body);
  } catch (error) {
    const code = isJournalError(error) ? error.code : "unavailable";
    const message = error instanceof Error ? error.message.replace(/^\[[a-z-]+\] /, "") : String(error);
    return reply(request, { kind: "error", code, message });
  }
}

async function execute(journal: Journal, request: Request, body: Uint8Array): Promise<Frame> {
  switch (request.op) {
    case "get": {
      const document = await journal.get(request.key);
      return documents(request, document === undefined ? [] : [{ key: request.key, ...document }]);
    }
    case "put":
      return reply(request, { kind: "version", version: await journal.put(request.key, body, request.options) });
    case "delete":
      return reply(request, { kind: "deleted", deleted: await journal.delete(request.key, request.options) });
    case "list": {
      const page = await journal.list(request.index, request.options);
      return documents(request, page.documents, page.next);
    }
    default:
      request satisfies never;
      throw new Error("unknown operation");
  }
}

function documents(request: Request, found: readonly ListedDocument[], next?: string): Frame {
  const headers: DocumentHeader[] = found.map(({ key, version, value }) => ({ key, version, bytes: value.byteLength }));
  const body = Buffer.concat(found.map(({ value }) => value));
  return reply(request, { kind: "documents", documents: headers, next }, body);
}

function reply({ id }: Request, result: Result, body: Uint8Array = new Uint8Array()): Frame {
  return { header: { id, ...result }, body };
}
