import type { Clock } from "@agent-team/foundation/clock";
import type { RegistryChange } from "../cloud-map/registry.ts";
import type { NamespaceZone } from "./zone.ts";

/**
 * Applies the registry's changes to the DNS zone, in their order, after a delay. Until `setDelay` is called it applies them at
 * once: a delay during the start of the cloud would only make the start slower.
 */
export class Propagation {
  readonly #zone: NamespaceZone;
  readonly #clock: Clock;
  #delayMs = 0;

  constructor(zone: NamespaceZone, clock: Clock) {
    this.#zone = zone;
    this.#clock = clock;
  }

  /** Sets the delay of later changes. */
  setDelay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  apply(change: RegistryChange): void {
    if (this.#delayMs === 0) return this.#zone.apply(change);
    this.#clock.setTimer(this.#delayMs, () => this.#zone.apply(change), { unref: true });
  }
}
