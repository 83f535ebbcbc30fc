import { randomUUID } from "node:crypto";
import type { Clock } from "@agent-team/grpc-client";

/** One line of a service's history, in the words of ECS. */
export interface ServiceEvent {
  readonly id: string;
  readonly atMs: number;
  readonly message: string;
}

// AWS: "The event stream for your service. A maximum of 100 of the latest events are displayed."
const keptEvents = 100;

/** What a service did and met, newest first. */
export class ServiceEvents {
  readonly #service: string;
  readonly #clock: Clock;
  readonly #events: ServiceEvent[] = [];

  /** `service`: the name that the messages give it. */
  constructor(service: string, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  add(text: string): void {
    const message = `(service ${this.#service}) ${text}`;
    this.#events.unshift({ id: randomUUID(), atMs: this.#clock.wallNow(), message });
    if (this.#events.length > keptEvents) this.#events.pop();
  }

  list(): readonly ServiceEvent[] {
    return [...this.#events];
  }
}
