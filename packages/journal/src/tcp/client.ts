import type { Clock } from "@agent-team/foundation/clock";
import { JournalError } from "../errors.ts";
import {
  type DeleteOptions,
  type Document,
  type Journal,
  type ListOptions,
  maxValueBytes,
  type Page,
  type PutOptions,
} from "../journal.ts";
import { Connection } from "./connection.ts";
import { type Operation, type Result, readDocuments } from "./protocol.ts";

export interface TcpJournalOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /**
   * How long a request may take, the wait for a connection included, until it rejects with `unavailable`.
   * Default 2,000: a store on the same machine answers within a millisecond, unless it is being restarted.
   */
  readonly requestTimeoutMs?: number | undefined;
}

/** A journal in another process of this machine: the client of `serveJournal`. Reconnects by itself. */
export class TcpJournal implements Journal {
  readonly #connection: Connection;

  constructor({ host, port, clock, requestTimeoutMs = 2000 }: TcpJournalOptions) {
    this.#connection = new Connection({ host, port, clock, requestTimeoutMs });
  }

  get isReady(): boolean {
    return this.#connection.isReady;
  }

  async get(key: string): Promise<Document | undefined> {
    const { documents } = await this.#documents({ op: "get", key });
    const found = documents[0];
    return found === undefined ? undefined : { value: found.value, version: found.version };
  }

  async put(key: string, value: Uint8Array, options: PutOptions = {}): Promise<number> {
    // Here as well as in the store: the frame would not pass.
    if (value.byteLength > maxValueBytes) {
      throw new JournalError("too-large", `${key} has ${value.byteLength} bytes, the limit is ${maxValueBytes}`);
    }
    const { result } = await this.#connection.request({ op: "put", key, options }, value);
    return expectKind(result, "version").version;
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<boolean> {
    const { result } = await this.#connection.request({ op: "delete", key, options });
    return expectKind(result, "deleted").deleted;
  }

  list(index: string, options: ListOptions): Promise<Page> {
    return this.#documents({ op: "list", index, options });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #documents(operation: Operation): Promise<Page> {
    const { result, body } = await this.#connection.request(operation);
    const { documents, next } = expectKind(result, "documents");
    return { documents: readDocuments(documents, body), next };
  }
}

/** The result of one kind; an error of the store is thrown as it was thrown there. */
function expectKind<Kind extends Result["kind"]>(result: Result, kind: Kind): Extract<Result, { kind: Kind }> {
  if (result.kind === kind) return result as Extract<Result, { kind: Kind }>;
  if (result.kind === "error") throw new JournalError(result.code, result.message);
  throw new JournalError("unavailable", `the store answered ${result.kind}, expected ${kind}`);
}
