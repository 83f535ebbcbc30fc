import { ZONES } from "./network.ts";

/** Counts each service's tasks per zone and picks the zone with the fewest, as ECS does. */
export class ZoneSpread {
  readonly #counts = new Map<string, number>();

  /** Counts one more task of the service and returns its zone. */
  take(service: string): string {
    let best = ZONES[0];
    for (const zone of ZONES) {
      if (this.#count(service, zone) < this.#count(service, best)) best = zone;
    }
    this.#counts.set(`${service}/${best}`, this.#count(service, best) + 1);
    return best;
  }

  giveBack(service: string, zone: string): void {
    this.#counts.set(`${service}/${zone}`, this.#count(service, zone) - 1);
  }

  #count(service: string, zone: string): number {
    return this.#counts.get(`${service}/${zone}`) ?? 0;
  }
}
