import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { Random } from "@agent-team/foundation/random";
import { closedError, JournalError } from "../errors.ts";
import { faultOf, isReply, type RedisFault, silence } from "./redis-fault.ts";
import { type Handshake, type JournalRedis, Session, type SessionOptions } from "./session.ts";

/** For the operator: each kind of fault once, until Redis is ready again. */
export type RedisEvent =
  | { readonly kind: "ready"; readonly message: string }
  | { readonly kind: "fault"; readonly code: string; readonly message: string };

export interface ConnectionOptions extends SessionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly onEvent: (event: RedisEvent) => void;
}

/**
 * The waits between attempts. A restart of Redis takes tenths of a second, a failover many seconds; a hundred tasks that
 * try every two seconds are a small load.
 */
const RECONNECT = { minMs: 25, baseMs: 50, maxMs: 2_000 } as const;

/**
 * Interval of the probes of an idle connection. Readiness learns of a lost Redis, or of one that has become a replica,
 * within this time and a deadline, without a request; and no firewall drops the connection as idle (AWS: after 350 s).
 */
export const HEARTBEAT_MS: number = 5_000;

/** Requests that may wait for a session or for their answer at once. */
const MAX_PENDING = 10_000;

/** Bytes of their values: eight of the largest documents. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

interface Pending {
  readonly run: (redis: JournalRedis) => Promise<unknown>;
  readonly bytes: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: JournalError) => void;
  readonly deadline: Timer;
}

/**
 * One session with Redis that all requests share. It begins at once, and a new one begins whenever it is lost. Requests
 * wait for it until their deadline. When Redis has been away as long as `requestTimeoutMs`, requests are refused at once.
 * Requests that were sent and not answered fail with the session and are never sent again: only their caller knows whether
 * they may be repeated.
 *
 *              handshake done           lost, refused by Redis, or a request passed its deadline
 *   connecting ─────────► ready ─────────────────────────────► backing-off
 *       ▲ ▲                                                        │  ▲
 *       │ └────────────────────── timer fired ─────────────────────┘  │
 *       └──────────── refused, or no answer ──────────────────────────┘          any ── close() ──► closed
 */
type State =
  | { readonly kind: "connecting"; readonly session: Session; readonly deadline: Timer }
  | { readonly kind: "ready"; readonly session: Session; readonly heartbeat: Timer }
  | { readonly kind: "backing-off"; readonly retry: Timer }
  | { readonly kind: "closed" };

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Set<Pending>();
  readonly #sent = new Set<Pending>();
  /** The ends of sessions that are not closed yet. */
  readonly #ending = new Set<Promise<void>>();
  /** Codes of the faults that were reported since Redis was ready last. */
  readonly #reported = new Set<string>();
  #state: State;
  #backoff = Backoff.first(RECONNECT);
  #pendingBytes = 0;
  #fault: RedisFault = { code: "CONNECTING", text: "not connected yet", scope: "connection" };
  /** Bounds the wait of all requests for a session. Undefined while there is a session, and after it has fired. */
  #waitLimit: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#state = this.#connect();
    this.#waitLimit = this.#startWaitLimit(); // after #connect(), so that its errors name the fault of the first attempt
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  /** `bytes` is the size of the request's value, for the bound of all requests. */
  request<T>(run: (redis: JournalRedis) => Promise<T>, bytes: number = 0): Promise<T> {
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise<unknown>((resolve, reject) => {
      const { clock, requestTimeoutMs } = this.#options;
      const deadline = setPeerTimer(clock, requestTimeoutMs, () => this.#didPassDeadline(pending));
      const pending: Pending = { run, bytes, resolve, reject, deadline };
      this.#pendingBytes += bytes;
      this.#waiting.add(pending);
      if (this.#state.kind === "ready") this.#send(pending, this.#state.session);
    }) as Promise<T>;
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "closed" };
    this.#stopWaitLimit();
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
      onReady: (handshake) => this.#didBecomeReady(session, handshake),
      onEnd: (fault) => this.#didLose(session, fault),
    });
    const onSilence = (): void => this.#didLose(session, silence(connectTimeoutMs));
    const deadline = setPeerTimer(clock, connectTimeoutMs, onSilence);
    return { kind: "connecting", session, deadline };
  }

  #didBecomeReady(session: Session, { version, warning }: Handshake): void {
    if (this.#state.kind !== "connecting" || this.#state.session !== session) return; // abandoned meanwhile
    this.#state.deadline.cancel();
    this.#state = { kind: "ready", session, heartbeat: this.#nextHeartbeat(session) };
    this.#backoff = Backoff.first(RECONNECT);
    this.#stopWaitLimit();
    this.#reported.clear();
    this.#options.onEvent({ kind: "ready", message: `${this.#name} is ready, version ${version}` });
    if (warning !== undefined) this.#report(warning);
    for (const pending of this.#waiting) this.#send(pending, session);
  }

  #didLose(session: Session, fault: RedisFault): void {
    const state = this.#state;
    if (state.kind === "closed" || state.kind === "backing-off" || state.session !== session) return;
    if (state.kind === "connecting") state.deadline.cancel();
    else {
      state.heartbeat.cancel();
      this.#waitLimit = this.#startWaitLimit();
    }
    this.#fault = fault;
    const retry = this.#options.clock.setTimer(this.#backoff.delayMs(this.#options.random), () => {
      this.#state = this.#connect();
    });
    this.#state = { kind: "backing-off", retry };
    this.#backoff = this.#backoff.next();
    this.#end(session);
    this.#fail(this.#sent, () => this.#lost(fault));
    this.#report(fault);
  }

  #didPassDeadline(pending: Pending): void {
    const wasSent = this.#sent.has(pending);
    this.#settle(pending);
    const fault = silence(this.#options.requestTimeoutMs);
    if (!wasSent) return pending.reject(this.#away());
    pending.reject(this.#lost(fault));
    // Answers come in order, so the ones that follow would be late as well.
    if (this.#state.kind === "ready") this.#didLose(this.#state.session, fault);
  }

  #didAnswer(pending: Pending, reply: unknown): void {
    if (this.#settle(pending)) pending.resolve(reply);
  }

  #didRefuse(session: Session, pending: Pending, error: unknown): void {
    if (!isReply(error)) return; // no answer: the end of the session, which follows, settles the request
    if (!this.#settle(pending)) return;
    const fault = faultOf(error);
    const message = `${this.#name} refused: ${fault.text}`;
    pending.reject(new JournalError(fault.code === "OOM" ? "full" : "unavailable", message));
    if (fault.scope === "server") this.#didLose(session, fault);
    else this.#report(fault);
  }

  #send(pending: Pending, session: Session): void {
    this.#waiting.delete(pending);
    this.#sent.add(pending);
    pending.run(session.redis).then(
      (reply) => this.#didAnswer(pending, reply),
      (error: unknown) => this.#didRefuse(session, pending, error),
    );
  }

  /** Removes a request; false when it was settled before. */
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
    return this.#options.clock.setTimer(HEARTBEAT_MS, () => {
      const beat = async (): Promise<void> => {
        // #didRefuse and #didPassDeadline handle a failure, as for every request.
        await this.request((redis) => redis.journalProbe(this.#options.probeKey)).catch(() => {});
        if (this.#state.kind !== "ready" || this.#state.session !== session) return;
        this.#state = { kind: "ready", session, heartbeat: this.#nextHeartbeat(session) };
      };
      void beat();
    });
  }

  #startWaitLimit(): Timer {
    const { clock, requestTimeoutMs } = this.#options;
    return setPeerTimer(clock, requestTimeoutMs, () => {
      this.#waitLimit = undefined;
      this.#fail(this.#waiting, () => this.#away());
    });
  }

  #stopWaitLimit(): void {
    this.#waitLimit?.cancel();
    this.#waitLimit = undefined;
  }

  #report({ code, text }: RedisFault): void {
    if (this.#reported.has(code)) return;
    this.#reported.add(code);
    this.#options.onEvent({ kind: "fault", code, message: `${this.#name}: ${text}` });
  }

  /** The reason why a request is not accepted. */
  #refusal(bytes: number): JournalError | undefined {
    const { kind } = this.#state;
    if (kind === "closed") return closedError();
    if (kind !== "ready" && this.#waitLimit === undefined) return this.#away();
    const count = this.#waiting.size + this.#sent.size;
    if (count < MAX_PENDING && this.#pendingBytes + bytes <= MAX_PENDING_BYTES) return undefined;
    const held = `${count} requests with ${this.#pendingBytes} bytes are not answered yet, and no more are accepted`;
    return new JournalError("unavailable", `${this.#name}: ${held}; last fault: ${this.#fault.text}`);
  }

  #away(): JournalError {
    return new JournalError("unavailable", `${this.#name} is away, nothing was sent: ${this.#fault.text}`);
  }

  #lost(fault: RedisFault): JournalError {
    const message = `${this.#name} gave no answer, a write may or may not have happened: ${fault.text}`;
    return new JournalError("unavailable", message);
  }

  get #name(): string {
    const { host, port } = this.#options.target;
    return `Redis at ${host.includes(":") ? `[${host}]` : host}:${port}`;
  }
}
