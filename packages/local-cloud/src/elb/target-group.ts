import type { Clock, Random } from "@agent-team/grpc-client";
import { type Health, HealthCheck } from "../health-check.ts";
import { type CheckFailure, checkHttp } from "../http-check.ts";

/** One task behind a balancer. */
export interface BalancerTarget {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  readonly zone: string;
}

/** ELB's words for the same. */
export type TargetHealth = Health;

export interface TargetGroupOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Between the end of one check and the start of the next. */
  readonly checkIntervalMs: number;
  /** Called after a target's health has changed. */
  readonly onHealthChange?: ((id: string) => void) | undefined;
}

// All three are those of our Terraform. The first check of a new target needs one pass: AWS, "it must pass one health check".
const unhealthyThreshold = 2;
const healthyThreshold = 2;
const timeoutMs = 2_000;

/**
 * The targets of one balancer and what their checks of `/readyz` say. In the balancer health decides which target gets new
 * flows and nothing else: flows that run on a target stay when it turns unhealthy or is deregistered. ECS, which reads it
 * too, replaces the task of an unhealthy target.
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
      check: () => checkHttp({ host: target.host, port: target.healthPort }, { path: "/readyz", timeoutMs, clock }),
      intervalMs: checkIntervalMs,
      healthyThreshold,
      unhealthyThreshold,
      clock,
      onChange: () => onHealthChange?.(target.id),
    });
    this.#targets.set(target.id, { target, check });
  }

  deregister(id: string): void {
    this.#targets.get(id)?.check.close();
    this.#targets.delete(id);
  }

  /** Which target gets the next flow: a healthy one by chance; with none healthy any (fail open); undefined without targets. */
  pick(): BalancerTarget | undefined {
    const all = [...this.#targets.values()];
    const healthy = all.filter(({ check }) => check.health === "healthy");
    const candidates = healthy.length > 0 ? healthy : all;
    return candidates[Math.floor(this.#options.random() * candidates.length)]?.target;
  }

  targets(): readonly { readonly target: BalancerTarget; readonly health: TargetHealth }[] {
    return [...this.#targets.values()].map(({ target, check }) => ({ target, health: check.health }));
  }

  health(id: string): TargetHealth | undefined {
    return this.#targets.get(id)?.check.health;
  }

  /** Why a target is unhealthy; undefined while it is not, or is not registered. */
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

/** The reason that ELB gives for an unhealthy target, and that ECS repeats. */
export function elbReason(failure: CheckFailure): string {
  switch (failure.kind) {
    case "status":
      return `Health checks failed with these codes: [${failure.status}]`;
    case "timeout":
      return "Request timed out";
    case "no-response":
      return "Health checks failed";
    default:
      return failure satisfies never;
  }
}
