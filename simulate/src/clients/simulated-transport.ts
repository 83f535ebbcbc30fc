/**
 * The transport of the real channel, without sockets. In: streams, whose one message is the number of a call. Out: the request
 * goes to the simulated host, and its answer comes back as gRPC events. Connections never break: faults are those of hosts.
 */

import {
  type Connection,
  type ConnectionListener,
  type Endpoint,
  endpointKey,
  Metadata,
  Status,
  type Stream,
  type StreamEnd,
  type StreamHead,
  type StreamSink,
  type Transport,
} from "@agent-team/grpc-client";
import type { Request } from "../world/host.ts";
import { type Server, send, type World } from "../world/world.ts";

/** TCP's handshake is one round trip, the exchange of SETTINGS another one. */
const PACKETS_TO_CONNECT = 4;
const NO_LIMIT = { maxConcurrentStreams: 2 ** 31 - 1, maxHeaderListBytes: 2 ** 31 - 1 };
const RESPONSE = new Uint8Array(1);
const HEALTH_CHECK = "/grpc.health.v1.Health/Check";
/** A HealthCheckResponse with the status SERVING: field 1, a varint. */
const SERVING = Uint8Array.of(0x08, 1);
const NO_WORK = { workMs: 0, firstByteShare: 1 };
const SUCCEEDED: StreamEnd = {
  code: Status.ok,
  message: "",
  trailers: Metadata.empty,
  origin: "server",
  processing: "maybe-processed",
};
const FAILED: StreamEnd = { ...SUCCEEDED, code: Status.unavailable, message: "the simulated host fails" };

export function encodeCallId(id: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(id).buffer);
}

function decodeCallId(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset).getUint32(0, true);
}

export class SimulatedTransport implements Transport {
  readonly #world: World;
  readonly #zone: string | undefined;
  readonly #servers: ReadonlyMap<string, Server>;

  constructor(world: World, zone: string | undefined) {
    this.#world = world;
    this.#zone = zone;
    this.#servers = new Map(world.servers.map((server) => [endpointKey(server.endpoint), server]));
  }

  connect(endpoint: Endpoint, listener: ConnectionListener): Connection {
    const server = this.#servers.get(endpointKey(endpoint));
    if (server === undefined) throw new Error(`${endpointKey(endpoint)}: expected a server of this world`);
    return new SimulatedConnection(this.#world, this.#zone, server, listener);
  }
}

class SimulatedConnection implements Connection {
  readonly peerSettings = NO_LIMIT;
  lastReceivedMs: number;
  responses = 0;
  readonly #world: World;
  readonly #zone: string | undefined;
  readonly #server: Server;
  readonly #listener: ConnectionListener;
  readonly #streams = new Set<SimulatedStream>();
  #state: "connecting" | "ready" | "draining" | "closed" = "connecting";

  constructor(world: World, zone: string | undefined, server: Server, listener: ConnectionListener) {
    this.#world = world;
    this.#zone = zone;
    this.#server = server;
    this.#listener = listener;
    this.lastReceivedMs = world.time.now();
    world.time.setTimer(PACKETS_TO_CONNECT * this.#delayMs, () => this.#becomeReady());
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  get openCalls(): number {
    return this.#streams.size;
  }

  get hasRoom(): boolean {
    return this.#state === "ready";
  }

  open({ method }: StreamHead, sink: StreamSink): Stream | undefined {
    if (this.#state !== "ready") return undefined;
    const stream = new SimulatedStream(sink, {
      ...(method.path === HEALTH_CHECK ? this.#healthCheck() : this.#call()),
      onReceived: () => {
        this.lastReceivedMs = this.#world.time.now();
        this.responses++;
      },
      onEnd: () => this.#didEnd(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  ping(onAck: (roundTripMs: number) => void): boolean {
    if (this.#state !== "ready" && this.#state !== "draining") return false;
    const roundTripMs = 2 * this.#delayMs;
    this.#world.time.setTimer(roundTripMs, () => {
      if (this.#state === "closed") return;
      this.lastReceivedMs = this.#world.time.now();
      onAck(roundTripMs);
    });
    return true;
  }

  drain(): void {
    if (this.#state === "closed") return;
    this.#state = "draining";
    if (this.#streams.size === 0) this.#close(undefined);
  }

  destroy(error: Error): void {
    if (this.#state === "closed") return;
    const end: StreamEnd = { ...FAILED, message: error.message, origin: "transport" };
    for (const stream of [...this.#streams]) stream.end(end);
    this.#close(error);
  }

  #call(): Exchange {
    return {
      response: RESPONSE,
      workOf: (message) => this.#world.calls.get(decodeCallId(message)),
      onRequest: (request) => send(this.#world, this.#zone, this.#server, request),
    };
  }

  /** The process answers, also while its calls fail: the usual case, and the harder one for a client that believes the answer. */
  #healthCheck(): Exchange {
    return {
      response: SERVING,
      workOf: () => NO_WORK,
      onRequest: (request) => {
        this.#world.time.setTimer(2 * this.#delayMs, () => {
          request.onFirstByte();
          request.onEnd(true);
        });
      },
    };
  }

  get #delayMs(): number {
    return this.#world.delayMs(this.#zone, this.#server);
  }

  #becomeReady(): void {
    if (this.#state !== "connecting") return;
    this.#state = "ready";
    this.lastReceivedMs = this.#world.time.now();
    this.#listener.onReady();
  }

  #didEnd(stream: SimulatedStream): void {
    this.#streams.delete(stream);
    if (this.#state === "draining" && this.#streams.size === 0) this.#close(undefined);
  }

  #close(error: Error | undefined): void {
    this.#state = "closed";
    this.#listener.onClose(error);
  }
}

/** What a request becomes. */
interface Exchange {
  readonly response: Uint8Array;
  workOf(message: Uint8Array): { readonly workMs: number; readonly firstByteShare: number };
  onRequest(request: Request): void;
}

interface StreamOwner extends Exchange {
  onReceived(): void;
  onEnd(): void;
}

class SimulatedStream implements Stream, Request {
  workMs = 0;
  firstByteShare = 1;
  readonly #sink: StreamSink;
  readonly #owner: StreamOwner;
  #isOpen = true;

  constructor(sink: StreamSink, owner: StreamOwner) {
    this.#sink = sink;
    this.#owner = owner;
  }

  sendMessage(message: Uint8Array): boolean {
    if (!this.#isOpen) return true;
    ({ workMs: this.workMs, firstByteShare: this.firstByteShare } = this.#owner.workOf(message));
    this.#owner.onRequest(this);
    return true;
  }

  /** The host goes on with a cancelled request, as one does that does not look at its deadline. */
  cancel(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.onEnd();
  }

  halfClose(): void {}
  pause(): void {}
  resume(): void {}

  onFirstByte(): void {
    if (!this.#isOpen) return;
    this.#owner.onReceived();
    this.#sink.onHeaders(Metadata.empty);
    if (this.#isOpen) this.#sink.onMessage(this.#owner.response);
  }

  onEnd(succeeded: boolean): void {
    if (!this.#isOpen) return;
    this.#owner.onReceived();
    this.end(succeeded ? SUCCEEDED : FAILED);
  }

  end(end: StreamEnd): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.onEnd();
    this.#sink.onEnd(end);
  }
}
