import type { Clock } from "@agent-team/grpc-client";
import type { RegistryChange } from "../cloud-map/registry.ts";
import type { NamespaceZone } from "./zone.ts";

/**
 * Carries the registry's changes into DNS, a little later each, in their order. At first it carries them at once: the
 * lag is there to be met by a system that runs, and a cloud that is being made would only start more slowly for it.
 */
export class Propagation {
  readonly #zone: NamespaceZone;
  readonly #clock: Clock;
  #delayMs = 0;

  constructor(zone: NamespaceZone, clock: Clock) {
    this.#zone = zone;
    this.#clock = clock;
  }

  /** From now on changes take `delayMs`. */
  lag(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  carry(change: RegistryChange): void {
    if (this.#delayMs === 0) return this.#zone.apply(change);
    this.#clock.setTimer(this.#delayMs, () => this.#zone.apply(change), { unref: true });
  }
}
