import type { TaskDescription, TaskState } from "./task-description.ts";

/** An event of the cloud. */
export type CloudEvent =
  /** Tasks get ports of their own, because own loopback addresses cannot be bound. */
  | { readonly kind: "ports-only"; readonly reason: string }
  | { readonly kind: "task-changed"; readonly task: TaskDescription; readonly previous: TaskState }
  /** A running task fails its health checks and is being replaced. `reason` is the `stoppedReason` of ECS. */
  | { readonly kind: "task-unhealthy"; readonly task: TaskDescription; readonly reason: string }
  /** A task ended without having been stopped. */
  | { readonly kind: "task-failed"; readonly task: TaskDescription; readonly lastLines: readonly string[] };

export type CloudListener = (event: CloudEvent) => void;

/** Delivers each event to all listeners. */
export class CloudEvents {
  readonly #listeners = new Set<CloudListener>();

  /** Returns a function that ends the subscription. */
  subscribe(listener: CloudListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: CloudEvent): void {
    // A copy: a listener may unsubscribe itself while it is called.
    for (const listener of [...this.#listeners]) listener(event);
  }
}
