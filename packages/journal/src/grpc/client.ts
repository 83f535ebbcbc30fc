import { type Document as DocumentMessage, JournalService } from "@agent-team/contracts/journal";
import type { Clock } from "@agent-team/foundation/clock";
import { formatHostPort } from "@agent-team/foundation/host-port";
import type { Random } from "@agent-team/foundation/random";
import { type Channel, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import type { ClaimOptions, ScheduleOptions } from "../due-times.ts";
import { appendTooLarge, closedError, JournalError, sumOf, tooLarge } from "../errors.ts";
import {
  type AppendOptions,
  type DeleteOptions,
  type Document,
  type Journal,
  type ListedDocument,
  type ListOptions,
  type LogPage,
  MAX_VALUE_BYTES,
  type Page,
  type PutOptions,
  type ReadOptions,
} from "../journal.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { refusalOf } from "./refusal.ts";

/** Bound of the values of all requests that wait for a connection, in bytes: eight of the largest documents. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

export interface GrpcJournalOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** Spreads the waits between attempts to connect. */
  readonly random: Random;
  /**
   * How long a request may take, the wait for a connection included, until it rejects with `unavailable`, in ms.
   * Default 2,000: a store on the same machine answers within a millisecond, unless it restarts.
   */
  readonly requestTimeoutMs?: number | undefined;
}

/**
 * A journal in another process of this machine: the client of `serveJournal`. Requests wait for a connection until their
 * deadline. Requests that were sent fail with their connection: only the caller knows whether they may be repeated.
 */
export class GrpcJournal implements Journal {
  readonly #address: string;
  readonly #channel: Channel;
  readonly #client: Client<typeof JournalService>;
  #isClosed = false;

  constructor({ host, port, clock, random, requestTimeoutMs = 2000 }: GrpcJournalOptions) {
    this.#address = formatHostPort({ host, port });
    this.#channel = createChannel(this.#address, {
      clock,
      random,
      connectTimeoutMs: Math.min(Math.max(requestTimeoutMs, 100), 60_000),
      maxReceiveMessageBytes: MAX_MESSAGE_BYTES,
      maxWaitingBytes: MAX_WAITING_BYTES,
      zone: "local", // otherwise the channel asks ECS for it, and there is one endpoint
    });
    const transport = createConnectTransport(this.#channel, {
      defaultTimeoutMs: requestTimeoutMs,
      waitForReady: true,
      inheritsInbound: false, // a document is written whole, also when the caller of a handler has left
    });
    this.#client = createClient(JournalService, transport);
  }

  get isReady(): boolean {
    const { tiers } = this.#channel.snapshot();
    return tiers.some(({ endpoints }) => endpoints.some(({ connectivity }) => connectivity === "ready"));
  }

  async get(key: string): Promise<Document | undefined> {
    const { document } = await this.#request(() => this.#client.getDocument({ key }));
    if (document === undefined) return undefined;
    const { value, version } = listedOf(document);
    return { value, version };
  }

  async put(key: string, value: Uint8Array, options: PutOptions = {}): Promise<number> {
    // Also checked here, because the server refuses a larger message without a JournalError.
    if (value.byteLength > MAX_VALUE_BYTES) throw tooLarge(key, value);
    const { expectedVersion, indexes, quota } = options;
    const { version } = await this.#request(() =>
      this.#client.putDocument({
        key,
        value,
        expectedVersion: toBigInt(expectedVersion),
        indexes: indexes && { names: [...indexes] },
        quota: quota && {
          index: quota.index,
          maxDocuments: BigInt(quota.maxDocuments),
          maxBytes: BigInt(quota.maxBytes),
        },
      }),
    );
    return Number(version);
  }

  async append(key: string, records: readonly Uint8Array[], options: AppendOptions): Promise<number> {
    const { expectedVersion, value, mayOverfill = false } = options;
    const bytes = sumOf(records) + (value?.byteLength ?? 0);
    if (bytes > MAX_VALUE_BYTES) throw appendTooLarge(key, bytes); // as in `put`
    const given = { key, records: [...records], expectedVersion: BigInt(expectedVersion), mayOverfill };
    const request = { ...given, ...(value && { value }) };
    const { version } = await this.#request(() => this.#client.appendRecords(request));
    return Number(version);
  }

  async read(key: string, { after = 0 }: ReadOptions = {}): Promise<LogPage | undefined> {
    const { page } = await this.#request(() => this.#client.readRecords({ key, after: BigInt(after) }));
    if (page === undefined) return undefined;
    const { records, next, isLast, version } = page;
    return { records: records.map(copyOf), next: Number(next), isLast, version: Number(version) };
  }

  async delete(key: string, { expectedVersion }: DeleteOptions = {}): Promise<boolean> {
    const request = { key, expectedVersion: toBigInt(expectedVersion) };
    const { deleted } = await this.#request(() => this.#client.deleteDocument(request));
    return deleted;
  }

  async list(index: string, { limit, after }: ListOptions): Promise<Page> {
    const { documents, next } = await this.#request(() => this.#client.listDocuments({ index, limit, after }));
    return { documents: documents.map(listedOf), next };
  }

  async schedule(
    queue: string,
    keys: readonly string[],
    inMs: number,
    { onlyMissing = false }: ScheduleOptions = {},
  ): Promise<void> {
    const request = { queue, keys: [...keys], inMs: BigInt(Math.ceil(inMs)), onlyMissing };
    await this.#request(() => this.#client.schedule(request));
  }

  async unschedule(queue: string, keys: readonly string[]): Promise<void> {
    await this.#request(() => this.#client.unschedule({ queue, keys: [...keys] }));
  }

  async claimDue(queue: string, { limit, leaseMs }: ClaimOptions): Promise<readonly string[]> {
    const { keys } = await this.#request(() => this.#client.claimDue({ queue, limit, leaseMs: BigInt(leaseMs) }));
    return keys;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#channel.close(0);
  }

  async #request<Response>(send: () => Promise<Response>): Promise<Response> {
    if (this.#isClosed) throw closedError();
    try {
      return await send();
    } catch (error) {
      throw this.#isClosed ? closedError() : this.#errorOf(ConnectError.from(error));
    }
  }

  #errorOf(error: ConnectError): JournalError {
    const message = `the store at ${this.#address} did not answer (${error.rawMessage})`;
    return refusalOf(error) ?? new JournalError("unavailable", message);
  }
}

function listedOf({ key, value, version }: DocumentMessage): ListedDocument {
  return { key, version: Number(version), value: copyOf(value) };
}

/** A copy, so that one small document or record does not keep the memory of the whole page. */
function copyOf(value: Uint8Array): Uint8Array {
  return Uint8Array.from(value);
}

function toBigInt(version: number | undefined): bigint | undefined {
  return version === undefined ? undefined : BigInt(version);
}
