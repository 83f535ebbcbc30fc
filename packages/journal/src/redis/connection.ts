import type { Clock, Timer } from "@agent-team/foundation/clock";
import { closedError, JournalError } from "../errors.ts";
import { SEQUENCE_KEY } from "./keys.ts";
import { type Greeting, type JournalRedis, Session, type SessionOptions } from "./session.ts";
import { isReply, silence, type Trouble, troubleOf } from "./trouble.ts";

/** What whoever runs the program is to know: each kind of trouble once, until Redis is ready again. */
export type RedisEvent =
  | { readonly kind: "ready"; readonly message: string }
  | { readonly kind: "trouble"; readonly code: string; readonly message: string };

export interface ConnectionOptions extends SessionOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly onEvent: (event: RedisEvent) => void;
}

interface Pending {
  readonly run: (redis: JournalRedis) => Promise<unknown>;
  readonly bytes: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: JournalError) => void;
  readonly deadline: Timer;
}

/**
 * One session with Redis that all requests share, made at once and made again whenever it is lost. Requests that wait
 * for it wait until their deadline, or until the trouble is as old as one: then nobody knows when it ends, and
 * requests are refused at once. Requests that were sent and not answered fail with the session, and are never sent
 * again: only their caller knows whether they may be repeated.
 *
 *              greeted                  lost, refused by Redis, or a request passed its deadline
 *   connecting ─────────► ready ─────────────────────────────► backing-off
 *       ▲ ▲                                                        │  ▲
 *       │ └────────────────────── timer fired ─────────────────────┘  │
 *       └──────────── refused, or silent ─────────────────────────────┘          any ── close() ──► closed
 */
type State =
  | { readonly kind: "connecting"; readonly session: Session; readonly deadline: Timer }
  | { readonly kind: "ready"; readonly session: Session; readonly heartbeat: Timer }
  | { readonly kind: "backing-off"; readonly retry: Timer }
  | { readonly kind: "closed" };

/**
 * Bounds of the waits between attempts, doubling from the first to the last; a wait is the bound's upper half, by dice,
 * so that the tasks that lost Redis together do not all come back together. A restart takes tenths of a second, a
 * failover many seconds; a hundred tasks that try every two seconds are nothing to Redis.
 */
const firstBackoffMs = 50;
const lastBackoffMs = 2000;

/**
 * Idle connections are probed this often, so that readiness knows of a Redis that went away, or became a replica,
 * within this and a deadline, without anybody's request; and that no firewall forgets the connection (AWS: 350 s).
 */
export const heartbeatMs: number = 5000;

/** Of all requests that wait or were sent. A task with 10,000 of them has lost its Redis, or is lost itself. */
const maxPending = 10_000;

/** Of their values: eight of the largest documents. */
const maxPendingBytes = 64 * 1024 * 1024;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Set<Pending>();
  readonly #sent = new Set<Pending>();
  /** Sessions that are being ended. */
  readonly #ending = new Set<Promise<void>>();
  /** Codes of what was told since Redis was ready last. */
  readonly #told = new Set<string>();
  #state: State;
  #backoffMs = firstBackoffMs;
  #pendingBytes = 0;
  #trouble: Trouble = { code: "CONNECTING", text: "not connected yet", scope: "connection" };
  /** Runs while it is worth waiting for a session; undefined while there is one, and when it has run out. */
  #patience: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#state = this.#connect();
    this.#patience = this.#startPatience(); // second: it is to know why the first attempt failed
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  /** `bytes` is what the request makes Redis hold on to until it is answered, for the bound on all requests. */
  request<T>(run: (redis: JournalRedis) => Promise<T>, bytes: number = 0): Promise<T> {
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise<unknown>((resolve, reject) => {
      const { clock, requestTimeoutMs } = this.#options;
      const deadline = clock.setTimer(requestTimeoutMs, () => this.#didPassDeadline(pending));
      const pending: Pending = { run, bytes, resolve, reject, deadline };
      this.#pendingBytes += bytes;
      this.#waiting.add(pending);
      if (this.#state.kind === "ready") this.#send(pending, this.#state.session);
    }) as Promise<T>;
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "closed" };
    this.#stopPatience();
    this.#fail(this.#waiting, closedError);
    this.#fail(this.#sent, closedError);
    if (state.kind === "connecting") state.deadline.cancel();
    if (state.kind === "ready") state.heartbeat.cancel();
    if (state.kind === "backing-off") state.retry.cancel();
    if (state.kind === "connecting" || state.kind === "ready") this.#end(state.session);
    await Promise.all(this.#ending);
  }

  #connect(): State {
    const { clock, connectTimeoutMs } = this.#options;
    const session = new Session(this.#options, {
      didGreet: (greeting) => this.#didGreet(session, greeting),
      didEnd: (trouble) => this.#didLose(session, trouble),
    });
    const deadline = clock.setTimer(connectTimeoutMs, () => this.#didLose(session, silence(connectTimeoutMs)));
    return { kind: "connecting", session, deadline };
  }

  #didGreet(session: Session, { version, warning }: Greeting): void {
    if (this.#state.kind !== "connecting" || this.#state.session !== session) return; // given up meanwhile
    this.#state.deadline.cancel();
    this.#state = { kind: "ready", session, heartbeat: this.#nextHeartbeat(session) };
    this.#backoffMs = firstBackoffMs;
    this.#stopPatience();
    this.#told.clear();
    this.#options.onEvent({ kind: "ready", message: `${this.#name} is ready, version ${version}` });
    if (warning !== undefined) this.#tell(warning);
    for (const pending of this.#waiting) this.#send(pending, session);
  }

  #didLose(session: Session, trouble: Trouble): void {
    const state = this.#state;
    if (state.kind === "closed" || state.kind === "backing-off" || state.session !== session) return;
    if (state.kind === "connecting") state.deadline.cancel();
    else {
      state.heartbeat.cancel();
      this.#patience = this.#startPatience();
    }
    this.#trouble = trouble;
    const delayMs = (this.#backoffMs * (1 + this.#options.random())) / 2;
    const retry = this.#options.clock.setTimer(delayMs, () => {
      this.#state = this.#connect();
    });
    this.#state = { kind: "backing-off", retry };
    this.#backoffMs = Math.min(this.#backoffMs * 2, lastBackoffMs);
    this.#end(session);
    this.#fail(this.#sent, () => this.#lost(trouble));
    this.#tell(trouble);
  }

  #didPassDeadline(pending: Pending): void {
    const wasSent = this.#sent.has(pending);
    this.#settle(pending);
    const trouble = silence(this.#options.requestTimeoutMs);
    if (!wasSent) return pending.reject(this.#away());
    pending.reject(this.#lost(trouble));
    // Answers come in order, so those that follow would be late as well: begin anew.
    if (this.#state.kind === "ready") this.#didLose(this.#state.session, trouble);
  }

  #didAnswer(pending: Pending, reply: unknown): void {
    if (this.#settle(pending)) pending.resolve(reply);
  }

  #didRefuse(session: Session, pending: Pending, error: unknown): void {
    if (!isReply(error)) return; // no answer: the end of the session settles it, which is about to be told
    if (!this.#settle(pending)) return;
    const trouble = troubleOf(error);
    const message = `${this.#name} refused: ${trouble.text}`;
    pending.reject(new JournalError(trouble.code === "OOM" ? "full" : "unavailable", message));
    if (trouble.scope === "server") this.#didLose(session, trouble);
    else this.#tell(trouble);
  }

  #send(pending: Pending, session: Session): void {
    this.#waiting.delete(pending);
    this.#sent.add(pending);
    pending.run(session.redis).then(
      (reply) => this.#didAnswer(pending, reply),
      (error: unknown) => this.#didRefuse(session, pending, error),
    );
  }

  /** Takes it off our hands; false when somebody did before. */
  #settle(pending: Pending): boolean {
    if (!this.#sent.delete(pending) && !this.#waiting.delete(pending)) return false;
    pending.deadline.cancel();
    this.#pendingBytes -= pending.bytes;
    return true;
  }

  #fail(requests: ReadonlySet<Pending>, error: () => JournalError): void {
    for (const pending of requests) if (this.#settle(pending)) pending.reject(error());
  }

  #end(session: Session): void {
    const ended = session.end().then(() => void this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #nextHeartbeat(session: Session): Timer {
    return this.#options.clock.setTimer(heartbeatMs, () => {
      const beat = async (): Promise<void> => {
        // What a failure means is decided where it is found, as for every request.
        await this.request((redis) => redis.journalProbe(SEQUENCE_KEY)).catch(() => {});
        if (this.#state.kind !== "ready" || this.#state.session !== session) return;
        this.#state = { kind: "ready", session, heartbeat: this.#nextHeartbeat(session) };
      };
      void beat();
    });
  }

  #startPatience(): Timer {
    return this.#options.clock.setTimer(this.#options.requestTimeoutMs, () => {
      this.#patience = undefined;
      this.#fail(this.#waiting, () => this.#away());
    });
  }

  #stopPatience(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
  }

  #tell({ code, text }: Trouble): void {
    if (this.#told.has(code)) return;
    this.#told.add(code);
    this.#options.onEvent({ kind: "trouble", code, message: `${this.#name}: ${text}` });
  }

  /** Why a request is not even taken. */
  #refusal(bytes: number): JournalError | undefined {
    const { kind } = this.#state;
    if (kind === "closed") return closedError();
    if (kind !== "ready" && this.#patience === undefined) return this.#away();
    const count = this.#waiting.size + this.#sent.size;
    if (count < maxPending && this.#pendingBytes + bytes <= maxPendingBytes) return undefined;
    const held = `${count} requests with ${this.#pendingBytes} bytes are not answered yet, and no more are taken`;
    return new JournalError("unavailable", `${this.#name}: ${held}; last trouble: ${this.#trouble.text}`);
  }

  #away(): JournalError {
    return new JournalError("unavailable", `${this.#name} is away, nothing was sent: ${this.#trouble.text}`);
  }

  #lost(trouble: Trouble): JournalError {
    const message = `${this.#name} gave no answer, a write may or may not have happened: ${trouble.text}`;
    return new JournalError("unavailable", message);
  }

  get #name(): string {
    const { host, port } = this.#options.target;
    return `Redis at ${host.includes(":") ? `[${host}]` : host}:${port}`;
  }
}
