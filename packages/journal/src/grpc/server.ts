import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { formatHostPort, type HostPort } from "@agent-team/foundation/host-port";
import type { EmbeddedServer } from "@agent-team/grpc-server/embedded";
import type { Journal } from "../journal.ts";

const LOOPBACK = /^127\.|^::1$/;

export interface ServeJournalOptions {
  readonly journal: Journal;
  /** A loopback address, because the server checks no identities. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
}

/** A journal that other processes can use. */
export interface JournalServer {
  readonly port: number;
  /** The value of JOURNAL_URL for the processes that share the journal. */
  readonly url: string;
  /** Loads the gRPC service. The first connection does it otherwise, and waits until it is loaded. */
  load(): Promise<void>;
  /** Ends all connections. The journal stays open. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Shares a journal with other processes of this machine, over gRPC (`GrpcJournal` is the client). For development.
 * Resolves when connections are accepted.
 *
 * @throws Error when `host` is not a loopback address, or cannot be bound
 */
export async function serveJournal(options: ServeJournalOptions): Promise<JournalServer> {
  const { journal, host = "127.0.0.1", port = 0 } = options;
  if (!LOOPBACK.test(host)) throw new Error(`the journal is shared on loopback only, not on ${host}`);
  const server = new LazyServer(journal);
  const bound = await server.listen({ host, port });
  const close = (): Promise<void> => server.close();
  return {
    port: bound,
    url: `tcp://${formatHostPort({ host, port: bound })}`,
    async load() {
      await server.load();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Accepts connections at once, and serves them when the gRPC service is loaded. */
class LazyServer {
  readonly #journal: Journal;
  readonly #listener: Server = createServer((socket) => void this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  #loading: Promise<EmbeddedServer> | undefined;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  async listen(address: HostPort): Promise<number> {
    this.#listener.listen(address);
    await once(this.#listener, "listening");
    return (this.#listener.address() as AddressInfo).port;
  }

  load(): Promise<EmbeddedServer> {
    this.#loading ??= import("./service.ts").then(({ createJournalServer }) => createJournalServer(this.#journal));
    return this.#loading;
  }

  async close(): Promise<void> {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await (await this.#loading)?.close();
  }

  async #accept(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const server = await this.load();
    if (!socket.destroyed) server.accept(socket);
  }
}
