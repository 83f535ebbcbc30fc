import type { Clock, Random, Timer } from "@agent-team/grpc-client";
import { isReady } from "../probe.ts";

/** One task behind a balancer. */
export interface BalancerTarget {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  readonly zone: string;
}

/** `initial`: no check has passed or failed twice yet. */
export type TargetHealth = "initial" | "healthy" | "unhealthy";

export interface TargetGroupOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Between the end of one check and the start of the next. */
  readonly checkIntervalMs: number;
}

// Both thresholds of our Terraform. A new target needs only one pass: AWS, "it must pass one health check".
const unhealthyThreshold = 2;
const healthyThreshold = 2;

/**
 * The targets of one balancer and what their checks say. Health decides who gets new flows and nothing else: flows that
 * run on a target stay when it turns unhealthy or is deregistered.
 *
 *              a pass                    two failures
 *   initial ────────────► healthy ◄──────────────────────► unhealthy
 *      └───────────────────────two failures──────────────────▲
 */
export class TargetGroup {
  readonly #options: TargetGroupOptions;
  readonly #targets = new Map<string, CheckedTarget>();

  constructor(options: TargetGroupOptions) {
    this.#options = options;
  }

  register(target: BalancerTarget): void {
    this.deregister(target.id);
    this.#targets.set(target.id, new CheckedTarget(target, this.#options));
  }

  deregister(id: string): void {
    this.#targets.get(id)?.close();
    this.#targets.delete(id);
  }

  /** Who gets the next flow: a healthy target by chance; with none healthy any (fail open); undefined without targets. */
  pick(): BalancerTarget | undefined {
    const all = [...this.#targets.values()];
    const healthy = all.filter(({ health }) => health === "healthy");
    const candidates = healthy.length > 0 ? healthy : all;
    return candidates[Math.floor(this.#options.random() * candidates.length)]?.target;
  }

  targets(): readonly { readonly target: BalancerTarget; readonly health: TargetHealth }[] {
    return [...this.#targets.values()].map(({ target, health }) => ({ target, health }));
  }

  health(id: string): TargetHealth | undefined {
    return this.#targets.get(id)?.health;
  }

  close(): void {
    for (const target of this.#targets.values()) target.close();
    this.#targets.clear();
  }
}

class CheckedTarget {
  readonly target: BalancerTarget;
  health: TargetHealth = "initial";
  readonly #options: TargetGroupOptions;
  #streak = 0;
  #lastReady: boolean | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(target: BalancerTarget, options: TargetGroupOptions) {
    this.target = target;
    this.#options = options;
    void this.#check();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #check(): Promise<void> {
    const { clock, checkIntervalMs } = this.#options;
    const ready = await isReady({ host: this.target.host, port: this.target.healthPort }, clock);
    if (this.#closed) return;
    this.#learn(ready);
    this.#timer = clock.setTimer(checkIntervalMs, () => void this.#check(), { unref: true });
  }

  #learn(ready: boolean): void {
    this.#streak = ready === this.#lastReady ? this.#streak + 1 : 1;
    this.#lastReady = ready;
    if (ready && (this.health === "initial" || this.#streak >= healthyThreshold)) this.health = "healthy";
    if (!ready && this.#streak >= unhealthyThreshold) this.health = "unhealthy";
  }
}
