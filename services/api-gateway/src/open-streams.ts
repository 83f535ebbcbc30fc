/**
 * The event streams that are open at this gateway, and how many of them one subject may have at once. In: each request for a stream, with
 * names of what it reads, and the end of its response. Out: whether there is a place for it.
 *
 *   free place ──► taken        no free place, and the subject reads the same ──► taken, its oldest stream of that name is reset
 *                               no free place                                 ──► refused
 *
 * A reader whose connection broke comes back before the gateway knows of the break: it never waits for its own old stream. Nothing
 * is in a store: the lease of a half-open connection there would lock its reader out (decision 0057).
 */

import type { ConnectionControl } from "./gateway-env.ts";

/** The connection of a stream. */
export type StreamEnd = Pick<ConnectionControl, "onClose" | "reset">;

/** The place of one stream. It is given back when the response ends. */
export interface StreamPlace {
  /** Another name of what the stream reads, once it is known. */
  addName(name: string): void;
}

class Place implements StreamPlace {
  readonly names: string[];
  readonly end: StreamEnd;

  constructor(names: readonly string[], end: StreamEnd) {
    this.names = [...names];
    this.end = end;
  }

  addName(name: string): void {
    this.names.push(name);
  }

  isOf(names: readonly string[]): boolean {
    return this.names.some((name) => names.includes(name));
  }
}

export class OpenStreams {
  /** The most streams of one subject. */
  readonly perSubject: number;
  /** By subject. A Set keeps the order in which they were added: the oldest is the first. */
  readonly #places = new Map<string, Set<Place>>();
  #open = 0;
  #refused = 0;
  #replaced = 0;

  /** @param perSubject 1 or more; Infinity: no limit */
  constructor(perSubject: number) {
    this.perSubject = perSubject;
  }

  /** Undefined: the subject has as many streams as it may have, and none of them has one of the names. */
  take(subject: string, names: readonly string[], end: StreamEnd): StreamPlace | undefined {
    if (!this.#makeRoom(subject, names)) {
      this.#refused += 1;
      return undefined;
    }
    const place = new Place(names, end);
    const places = this.#places.get(subject) ?? new Set();
    this.#places.set(subject, places.add(place));
    this.#open += 1;
    end.onClose(() => this.#release(subject, place));
    return place;
  }

  /** Prometheus text. */
  metrics(): string {
    return (
      figure("open", "gauge", "Event streams that are open.", this.#open) +
      figure("refused_total", "counter", "Event streams above the limit of their subject.", this.#refused) +
      figure("replaced_total", "counter", "Event streams reset for their reader, which came again.", this.#replaced)
    );
  }

  /** Whether one more stream may open. At the limit it resets the oldest stream of these names. */
  #makeRoom(subject: string, names: readonly string[]): boolean {
    const places = this.#places.get(subject);
    if (places === undefined || places.size < this.perSubject) return true;
    for (const place of places) {
      if (!place.isOf(names)) continue;
      this.#release(subject, place);
      this.#replaced += 1;
      place.end.reset();
      return true;
    }
    return false;
  }

  /** Also of a place that another stream has got. */
  #release(subject: string, place: Place): void {
    const places = this.#places.get(subject);
    if (places?.delete(place) !== true) return;
    this.#open -= 1;
    if (places.size === 0) this.#places.delete(subject);
  }
}

function figure(what: string, type: "gauge" | "counter", help: string, value: number): string {
  const name = `gateway_event_streams_${what}`;
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
}
