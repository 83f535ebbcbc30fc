import type { Clock, Timer } from "@agent-team/grpc-client";
import type { Registry } from "./registry.ts";

/**
 * Custom health reports, which Cloud Map believes only after a while. AWS: it waits 30 s, and a report of the contrary
 * within them takes the first one back.
 */
export class CustomHealth {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #waiting = new Map<string, Timer>();

  constructor(registry: Registry, clock: Clock, delayMs: number) {
    this.#registry = registry;
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  report(service: string, id: string, healthy: boolean): void {
    const key = `${service}/${id}`;
    this.#waiting.get(key)?.cancel();
    const timer = this.#clock.setTimer(this.#delayMs, () => this.#believe(service, id, healthy), { unref: true });
    this.#waiting.set(key, timer);
  }

  #believe(service: string, id: string, healthy: boolean): void {
    this.#waiting.delete(`${service}/${id}`);
    this.#registry.setHealth(service, id, healthy);
  }
}
