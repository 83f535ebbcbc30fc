/**
 * Loads the half of a channel that an import of the package does not read, when a channel is made: its endpoints, and the HTTP/2 that its
 * options name. In: the options. Out: both; or why they cannot be loaded, and another try when a call asks for it a second or more later.
 */

import type { ChannelEndpoints } from "./channel-endpoints.ts";
import type { ResolvedChannelOptions, TransportKind } from "./channel-options.ts";
import { ChannelError } from "./errors.ts";
import { Status } from "./status.ts";
import type { CreateTransport, Transport, TransportOptions } from "./transport.ts";

/** How long a failed load rests before another call tries it again. */
const RETRY_MS = 1_000;

/** The code of endpoints once a channel has loaded it. */
let loadedEndpoints: typeof ChannelEndpoints | undefined;

/** What a channel has loaded. */
export interface ChannelCode {
  readonly Endpoints: typeof ChannelEndpoints;
  readonly transport: Transport;
}

export interface ChannelLoadingListener {
  /** Endpoints can be connected to from now on. Called once. */
  onLoaded(code: ChannelCode): void;
  /** The code is not there, or cannot be read: no endpoint can be connected to until `retry` has succeeded. */
  onFault(error: ChannelError): void;
}

export class ChannelLoading {
  readonly #options: Pick<ResolvedChannelOptions, "createTransport" | "transport" | "clock">;
  readonly #transportOptions: TransportOptions;
  readonly #listener: ChannelLoadingListener;
  #isStopped = false;
  #fault: { readonly error: ChannelError; readonly atMs: number } | undefined;

  constructor(
    options: Pick<ResolvedChannelOptions, "createTransport" | "transport" | "clock">,
    transportOptions: TransportOptions,
    listener: ChannelLoadingListener,
  ) {
    this.#options = options;
    this.#transportOptions = transportOptions;
    this.#listener = listener;
  }

  /** Why the code could not be loaded; undefined when it is loaded, and while it is being loaded. */
  get error(): ChannelError | undefined {
    return this.#fault?.error;
  }

  /** Called once. When nothing has to be loaded `onLoaded` is called before this returns. */
  start(): void {
    const { createTransport } = this.#options;
    if (createTransport === undefined || loadedEndpoints === undefined) void this.#load();
    else this.#begin(loadedEndpoints, createTransport);
  }

  /** Nothing is reported from now on. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Loads the code again, a second or more after it could not be loaded: a process may have had no file descriptor left. Node does not read a
   * file again whose code has thrown; such a retry ends as the first attempt. False: it rests.
   */
  retry(): boolean {
    if (this.#fault === undefined) return true;
    if (this.#options.clock.now() - this.#fault.atMs < RETRY_MS) return false;
    this.#fault = undefined;
    void this.#load();
    return true;
  }

  /** Never rejects. */
  async #load(): Promise<void> {
    const { transport: kind, createTransport } = this.#options;
    let part = "endpoints";
    try {
      const Endpoints = await loadedOnce();
      part = `HTTP/2 (${kind})`;
      const create = createTransport ?? (await loadHttp2(kind));
      this.#begin(Endpoints, create);
    } catch (cause) {
      this.#fail(`the client's ${part} could not be loaded`, cause);
    }
  }

  #begin(Endpoints: typeof ChannelEndpoints, create: CreateTransport): void {
    if (this.#isStopped) return;
    try {
      this.#listener.onLoaded({ Endpoints, transport: create(this.#transportOptions, this.#options.clock) });
    } catch (cause) {
      this.#fail("the channel could not begin to connect", cause);
    }
  }

  #fail(what: string, cause: unknown): void {
    if (this.#isStopped) return;
    const error = new ChannelError(Status.unavailable, `${what}: ${(cause as Error).message}`, { cause });
    this.#fault = { error, atMs: this.#options.clock.now() };
    this.#listener.onFault(error);
  }
}

/**
 * Loads what finds endpoints and connects to them. A channel that is made later, with a transport of its options, loads nothing and connects at
 * once. Rejects when the code is not there, or cannot be read.
 */
export async function loadEndpoints(): Promise<void> {
  await loadedOnce();
}

async function loadedOnce(): Promise<typeof ChannelEndpoints> {
  loadedEndpoints ??= (await import("./channel-endpoints.ts")).ChannelEndpoints;
  return loadedEndpoints;
}

/** Rejects when the code is not there, or cannot be read. */
export async function loadHttp2(kind: TransportKind): Promise<CreateTransport> {
  if (kind === "own") {
    const { OwnHttp2Transport } = await import("./transport/own-http2.ts");
    return (options, clock) => new OwnHttp2Transport(options, clock);
  }
  const { NodeHttp2Transport } = await import("./transport/node-http2.ts");
  return (options, clock) => new NodeHttp2Transport(options, clock);
}
