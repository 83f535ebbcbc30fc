import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Registry } from "./registry.ts";

/**
 * Custom health reports. A report changes the health of its instance after a delay (AWS: 30 s); a later report for the same
 * instance within the delay replaces it.
 */
export class CustomHealth {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #pending = new Map<string, Timer>();

  constructor(registry: Registry, clock: Clock, delayMs: number) {
    this.#registry = registry;
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  report(service: string, id: string, healthy: boolean): void {
    const key = `${service}/${id}`;
    this.#pending.get(key)?.cancel();
    const timer = this.#clock.setTimer(this.#delayMs, () => this.#apply(service, id, healthy), { unref: true });
    this.#pending.set(key, timer);
  }

  #apply(service: string, id: string, healthy: boolean): void {
    this.#pending.delete(`${service}/${id}`);
    this.#registry.setHealth(service, id, healthy);
  }
}
