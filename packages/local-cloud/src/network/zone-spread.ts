import { zones } from "./network.ts";

/** Counts each service's tasks per zone, so that the next one goes where fewest are, as ECS spreads them. */
export class ZoneSpread {
  readonly #counts = new Map<string, number>();

  /** Takes a slot and returns its zone. */
  take(service: string): string {
    let best = zones[0];
    for (const zone of zones) {
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
