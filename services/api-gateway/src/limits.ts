import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { Logger } from "@agent-team/grpc-server";
import { type BucketState, InProcessBuckets, type TokenBuckets } from "@agent-team/journal/token-buckets";

export interface Limit {
  /** Of the policy, in the headers of the response. */
  readonly name: string;
  /** What is limited, as a refusal names it: `requests`. */
  readonly what: string;
  readonly perMinute: number;
}

export interface LimitState extends BucketState {
  /** What the limit was for this request. */
  readonly perMinute: number;
}

export interface LimitsOptions {
  /** The buckets of all gateways. Undefined: this gateway counts for itself, the whole limit. `close()` closes them. */
  readonly shared: TokenBuckets | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The longest wait for the shared buckets: they answer within a millisecond, or something is wrong with them. */
export const ANSWER_WITHIN_MS = 50;

/** For this long buckets that did not answer are not asked again. */
export const PAUSE_MS = 5_000;

/**
 * Above four gateways their callers have more than the limit while the shared buckets are away; below, less. A limit of one message
 * stays one.
 */
const SHARE = 1 / 4;

/**
 * The limits of callers. While the shared buckets are away or slow, the gateway counts for itself, a quarter of each limit: a request
 * waits for them no longer than `ANSWER_WITHIN_MS`, and never fails for their sake.
 */
export class Limits {
  readonly #shared: TokenBuckets | undefined;
  readonly #own: InProcessBuckets;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #isAlone = false;
  #pausedUntilMs = -Infinity;
  /** Requests that this gateway counted alone. */
  #alone = 0;

  constructor({ shared, clock, logger }: LimitsOptions) {
    this.#shared = shared;
    this.#own = new InProcessBuckets(clock);
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Takes a token for one request of a subject or an address. Never rejects. */
  async take({ name, perMinute }: Pick<Limit, "name" | "perMinute">, whose: string): Promise<LimitState> {
    const key = `${name}:${whose}`;
    const state = this.#shared === undefined ? undefined : await this.#ask(this.#shared, key, perMinute);
    if (state !== undefined) return { ...state, perMinute };
    const own = this.#shared === undefined ? perMinute : Math.max(1, Math.floor(perMinute * SHARE));
    return { ...(await this.#own.take(key, own)), perMinute: own };
  }

  /** Prometheus text. */
  metrics(): string {
    const name = "gateway_requests_limited_alone_total";
    const help = "Requests whose limit this gateway counted alone, because the shared buckets did not answer.";
    return `# HELP ${name} ${help}\n# TYPE ${name} counter\n${name} ${this.#alone}\n`;
  }

  async close(): Promise<void> {
    await this.#shared?.close();
  }

  async #ask(shared: TokenBuckets, key: string, perMinute: number): Promise<BucketState | undefined> {
    const isAsked = shared.isReady && this.#clock.now() >= this.#pausedUntilMs;
    const state = isAsked ? await this.#answer(shared.take(key, perMinute)) : undefined;
    if (isAsked && state === undefined) this.#pausedUntilMs = this.#clock.now() + PAUSE_MS;
    if (state === undefined) this.#alone += 1;
    this.#report(state === undefined);
    return state;
  }

  /** Undefined for an answer that is late, or an error. */
  #answer(taken: Promise<BucketState>): Promise<BucketState | undefined> {
    return new Promise((resolve) => {
      const timer = setPeerTimer(this.#clock, ANSWER_WITHIN_MS, () => resolve(undefined));
      const settle = (state?: BucketState): void => {
        timer.cancel();
        resolve(state);
      };
      taken.then(settle, () => settle());
    });
  }

  /** One line for each change. */
  #report(isAlone: boolean): void {
    if (isAlone === this.#isAlone) return;
    this.#isAlone = isAlone;
    if (isAlone) this.#logger.warn("Redis does not answer in time: this gateway limits callers alone, at a quarter");
    else this.#logger.info({ requests_limited_alone: this.#alone }, "the limits of callers are shared again");
  }
}
