import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type Health, HealthCheck } from "../health-check.ts";
import { type CheckFailure, checkHttp } from "../http-check.ts";

/** One task that is registered in a target group. */
export interface BalancerTarget {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  readonly zone: string;
}

export interface TargetGroupOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** From the end of one check to the start of the next. */
  readonly checkIntervalMs: number;
  /** Called after a target's health has changed. */
  readonly onHealthChange?: ((id: string) => void) | undefined;
}

// As in infra/. A new target becomes healthy with its first pass: AWS, "it must pass one health check".
const UNHEALTHY_THRESHOLD = 2;
const HEALTHY_THRESHOLD = 2;
const TIMEOUT_MS = 2_000;

/**
 * The targets of one listener, and their health by checks of `/readyz`. The balancer uses health only to choose the target
 * of a new connection: existing connections stay when their target turns unhealthy or is deregistered. ECS reads the same
 * health and replaces the task of an unhealthy target.
 */
export class TargetGroup {
  readonly #options: TargetGroupOptions;
  readonly #targets = new Map<string, CheckedTarget>();

  constructor(options: TargetGroupOptions) {
    this.#options = options;
  }

  register(target: BalancerTarget): void {
    this.deregister(target.id);
    const { clock, checkIntervalMs, onHealthChange } = this.#options;
    const check = new HealthCheck({
      check: () =>
        checkHttp({ host: target.host, port: target.healthPort }, { path: "/readyz", timeoutMs: TIMEOUT_MS, clock }),
      intervalMs: checkIntervalMs,
      healthyThreshold: HEALTHY_THRESHOLD,
      unhealthyThreshold: UNHEALTHY_THRESHOLD,
      clock,
      onChange: () => onHealthChange?.(target.id),
    });
    this.#targets.set(target.id, { target, check });
  }

  deregister(id: string): void {
    this.#targets.get(id)?.check.close();
    this.#targets.delete(id);
  }

  /**
   * The target of the next connection: a random healthy one; a random one of all when every target is unhealthy (fail open).
   * Undefined without targets.
   */
  pick(): BalancerTarget | undefined {
    const all = [...this.#targets.values()];
    const healthy = all.filter(({ check }) => check.health === "healthy");
    const candidates = healthy.length > 0 ? healthy : all;
    return candidates[Math.floor(this.#options.random() * candidates.length)]?.target;
  }

  targets(): readonly BalancerTarget[] {
    return [...this.#targets.values()].map(({ target }) => target);
  }

  /** Undefined for an id that is not registered. */
  health(id: string): Health | undefined {
    return this.#targets.get(id)?.check.health;
  }

  /** Why a target is unhealthy; undefined for a target that is not unhealthy or not registered. */
  failure(id: string): CheckFailure | undefined {
    return this.#targets.get(id)?.check.failure;
  }

  close(): void {
    for (const { check } of this.#targets.values()) check.close();
    this.#targets.clear();
  }
}

interface CheckedTarget {
  readonly target: BalancerTarget;
  readonly check: HealthCheck;
}
