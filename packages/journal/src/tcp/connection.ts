import { connect, type Socket } from "node:net";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { JournalError } from "../errors.ts";
import { encodeFrame, type Frame, FrameReader } from "./frame.ts";
import type { Answer, Operation, Result } from "./protocol.ts";

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
}

/** What a request resolves to. */
export interface Reply {
  readonly result: Result;
  readonly body: Uint8Array;
}

interface Pending {
  readonly frame: Uint8Array;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: JournalError) => void;
  readonly deadline: Timer;
}

/**
 * One connection that all requests share, made at once and made again whenever it is lost. Requests that wait for a
 * connection wait until their deadline; requests that were sent and not answered fail with the connection, because
 * only their caller knows whether they may be repeated.
 *
 *              connected                lost, or a request passed its deadline
 *   connecting ─────────► ready ─────────────────────────────► backing-off
 *       ▲ ▲                                                        │  ▲
 *       │ └────────────────────── timer fired ─────────────────────┘  │
 *       └──────────── refused ────────────────────────────────────────┘          any ── close() ──► closed
 */
type State =
  | { readonly kind: "connecting"; readonly socket: Socket }
  | { readonly kind: "ready"; readonly socket: Socket }
  | { readonly kind: "backing-off"; readonly retry: Timer }
  | { readonly kind: "closed" };

/**
 * Waits between attempts, doubling from the first to the last. No jitter: the store is on this machine, a refused
 * connect costs it nothing, and its clients are a handful.
 */
const firstBackoffMs = 20;
const lastBackoffMs = 500;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Map<number, Pending>();
  readonly #sent = new Map<number, Pending>();
  #state: State;
  #backoffMs = firstBackoffMs;
  #lastId = 0;
  #lastError = "not connected yet";

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#state = this.#connect();
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  request(operation: Operation, body: Uint8Array = new Uint8Array()): Promise<Reply> {
    if (this.#state.kind === "closed") return Promise.reject(closedError());
    const id = ++this.#lastId;
    const frame = encodeFrame({ header: { id, ...operation }, body });
    return new Promise((resolve, reject) => {
      const deadline = this.#options.clock.setTimer(this.#options.requestTimeoutMs, () => this.#didPassDeadline(id));
      this.#waiting.set(id, { frame, resolve, reject, deadline });
      this.#flush();
    });
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "closed" };
    this.#fail(this.#waiting, closedError());
    this.#fail(this.#sent, closedError());
    if (state.kind === "backing-off") state.retry.cancel();
    if (state.kind === "connecting" || state.kind === "ready") await destroyed(state.socket);
  }

  #connect(): State {
    const { host, port } = this.#options;
    const reader = new FrameReader();
    const socket = connect({ host, port, noDelay: true });
    socket.once("connect", () => this.#didConnect(socket));
    socket.on("data", (chunk) => {
      try {
        for (const frame of reader.push(chunk)) this.#didAnswer(frame);
      } catch (error) {
        socket.destroy(error as Error); // what answers there is no journal
      }
    });
    socket.on("error", (error) => {
      this.#lastError = error.message;
    });
    socket.once("close", () => this.#didLose(socket));
    return { kind: "connecting", socket };
  }

  #didConnect(socket: Socket): void {
    if (this.#state.kind !== "connecting") return; // closed meanwhile
    this.#state = { kind: "ready", socket };
    this.#flush();
  }

  #didLose(socket: Socket): void {
    const state = this.#state;
    if (state.kind === "closed" || state.kind === "backing-off" || state.socket !== socket) return;
    if (state.kind === "ready") this.#lastError = "the connection was lost";
    const retry = this.#options.clock.setTimer(this.#backoffMs, () => {
      this.#state = this.#connect();
    });
    this.#state = { kind: "backing-off", retry };
    this.#backoffMs = Math.min(this.#backoffMs * 2, lastBackoffMs);
    this.#fail(this.#sent, this.#unavailable());
  }

  #didAnswer({ header, body }: Frame): void {
    const { id, ...result } = header as Answer;
    const pending = this.#sent.get(id);
    if (pending === undefined) return; // its deadline passed
    this.#backoffMs = firstBackoffMs; // an answer, and not a mere accept, proves that a journal is there
    this.#sent.delete(id);
    pending.deadline.cancel();
    pending.resolve({ result: result as Result, body });
  }

  #didPassDeadline(id: number): void {
    const pending = this.#waiting.get(id) ?? this.#sent.get(id);
    this.#waiting.delete(id);
    this.#sent.delete(id);
    pending?.reject(this.#unavailable());
    // A peer that accepts and stays silent would fail every request that follows: begin anew.
    if (this.#state.kind === "ready" || this.#state.kind === "connecting") this.#state.socket.destroy();
  }

  #flush(): void {
    if (this.#state.kind !== "ready") return;
    for (const [id, pending] of this.#waiting) {
      this.#state.socket.write(pending.frame);
      this.#sent.set(id, pending);
    }
    this.#waiting.clear();
  }

  #fail(requests: Map<number, Pending>, error: JournalError): void {
    for (const { deadline, reject } of requests.values()) {
      deadline.cancel();
      reject(error);
    }
    requests.clear();
  }

  #unavailable(): JournalError {
    const { host, port } = this.#options;
    return new JournalError("unavailable", `the store at ${host}:${port} did not answer (${this.#lastError})`);
  }
}

function closedError(): JournalError {
  return new JournalError("closed", "the journal has been closed");
}

function destroyed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once("close", () => resolve());
    socket.destroy();
  });
}
