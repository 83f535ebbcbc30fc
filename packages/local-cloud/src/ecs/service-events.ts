import { randomUUID } from "node:crypto";
import type { Clock } from "@agent-team/foundation/clock";

/** One event of a service, with the message of ECS. */
export interface ServiceEvent {
  readonly id: string;
  readonly atMs: number;
  readonly message: string;
}

// AWS: "The event stream for your service. A maximum of 100 of the latest events are displayed."
const MAX_EVENTS = 100;

/** The latest events of a service, newest first. */
export class ServiceEvents {
  readonly #service: string;
  readonly #clock: Clock;
  readonly #events: ServiceEvent[] = [];

  /** `service`: its name in the messages. */
  constructor(service: string, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  add(text: string): void {
    const message = `(service ${this.#service}) ${text}`;
    this.#events.unshift({ id: randomUUID(), atMs: this.#clock.wallNow(), message });
    if (this.#events.length > MAX_EVENTS) this.#events.pop();
  }

  list(): readonly ServiceEvent[] {
    return [...this.#events];
  }
}
